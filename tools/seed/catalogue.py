"""A small catalogue: a dozen products in three categories, with stock."""

from dataclasses import dataclass
from typing import Final

from tools.shop.people import Person

CURRENCY: Final = "EUR"


@dataclass(frozen=True)
class Item:
    """One product; the price is in cents."""

    sku: str
    name: str
    price: int
    stock: int
    description: str


CATALOGUE: Final = {
    "kitchen": (
        Item("KETTLE-1", "Steel kettle", 3490, 40, "Boils 1.7 litres, and stops by itself."),
        Item("TEAPOT-1", "Glass teapot", 2450, 25, "For four cups, with a strainer."),
        Item("KNIFE-1", "Bread knife", 1890, 60, "A long blade with teeth."),
        Item("PAN-1", "Iron pan", 4200, 15, "Heavy, and lasts for ever."),
    ),
    "desk": (
        Item("LAMP-1", "Reading lamp", 5900, 20, "Warm light on a long arm."),
        Item("NOTE-1", "Notebook, dotted", 890, 200, "Thick paper, sewn, 160 pages."),
        Item("PEN-1", "Fountain pen", 2790, 35, "Writes blue, with a fine nib."),
        Item("STAND-1", "Laptop stand", 3990, 4, "Aluminium, folds flat."),
    ),
    "outdoors": (
        Item("BOOTS-1", "Walking boots", 12900, 12, "Waterproof leather."),
        Item("FLASK-1", "Vacuum flask", 2990, 50, "Keeps a litre hot until the evening."),
        Item("TENT-1", "Tent for two", 21900, 5, "Stands up in three minutes."),
        Item("ROPE-1", "Rope, 20 metres", 1750, 80, "Carries a boat."),
    ),
}


async def stock_up(admin: Person, warehouse: Person) -> int:
    """Make what is missing; how many products there are then."""
    listed = (await admin.ask("GET", "/v1/products?limit=100")).wanted(200).json["items"]
    ids = {product["sku"]: product["id"] for product in listed}
    categories = await _categories(admin)
    for slug, items in CATALOGUE.items():
        for item in items:
            if item.sku not in ids:
                ids[item.sku] = await _make(admin, item, categories[slug])
            await _put_on_shelf(warehouse, item, ids[item.sku])
    return len(ids)


async def _categories(admin: Person) -> dict[str, str]:
    listed = (await admin.ask("GET", "/v1/categories?limit=100")).wanted(200).json["items"]
    ids = {category["slug"]: category["id"] for category in listed}
    for slug in CATALOGUE.keys() - ids.keys():
        wanted = {"slug": slug, "name": slug.title()}
        ids[slug] = (await admin.ask("POST", "/v1/categories", json=wanted)).wanted(201).json["id"]
    return ids


async def _make(admin: Person, item: Item, category_id: str) -> str:
    wanted = {
        "sku": item.sku,
        "name": item.name,
        "description": item.description,
        "category_id": category_id,
        "price": {"amount": item.price, "currency": CURRENCY},
    }
    made = (await admin.ask("POST", "/v1/products", json=wanted)).wanted(201)
    return str(made.json["id"])


async def _put_on_shelf(warehouse: Person, item: Item, id: str) -> None:
    """Once, however often it is tried: the key says that it is the same delivery."""
    delivery = {"product_id": id, "delta": item.stock, "reason": "first delivery"}
    sent = {"idempotency-key": f"seed-{item.sku}"}
    path = "/v1/inventory/adjustments"
    (await warehouse.ask("POST", path, json=delivery, headers=sent)).wanted(201)
