"""What people do in the shop, and which answers are right."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from tools.load.arrivals import Kind
from tools.load.crowd import Crowd, Customer
from tools.load.goods import Goods
from tools.load.meter import Visit
from tools.shop.people import Person
from tools.shop.shop import Shop
from tools.shop.shopping import ENDS, Cart, order_in

_MOST_OF_ONE = 3
_MOST_LINES = 8


@dataclass
class Deeds:
    """One method for each kind; raises Unexpected where an answer is not right."""

    shop: Shop
    crowd: Crowd
    goods: Goods
    dice: random.Random
    ordered: int = 0
    _orders: deque[tuple[Person, str]] = field(default_factory=lambda: deque(maxlen=1000))
    _refresh_tokens: deque[str] = field(default_factory=deque)

    @property
    def of_kind(self) -> Mapping[Kind, Callable[[Visit], Awaitable[object]]]:
        return {
            Kind.browse: self.browse,
            Kind.search: self.search,
            Kind.cart_read: self.read_cart,
            Kind.cart_write: self.write_cart,
            Kind.order_read: self.read_order,
            Kind.checkout: self.check_out,
            Kind.auth: self.authenticate,
        }

    async def browse(self, visit: Visit) -> None:
        """Look at the shelves, at a product, or whether there is any left of it."""
        product, door = self.dice.choice(self.goods.products), self.shop.door
        route, path = self.dice.choice(
            [
                ("GET /v1/products", "/v1/products?limit=20"),
                ("GET /v1/products/{id}", f"/v1/products/{product}"),
                ("GET /v1/products/{id}", f"/v1/products/{product}"),
                (
                    "GET /v1/products/{id}/availability",
                    f"/v1/products/{product}/availability",
                ),
            ]
        )
        await visit.ask(route, door.ask("GET", path), 200)

    async def search(self, visit: Visit) -> None:
        path = f"/v1/products?q={self.dice.choice(self.goods.words)}&limit=20"
        await visit.ask("GET /v1/products?q=", self.shop.door.ask("GET", path), 200)

    async def read_cart(self, visit: Visit) -> None:
        if self.crowd.scarce:
            token = await self._guest(visit)
            asking = self.shop.door.ask("GET", "/v1/carts/current", headers=token)
            await visit.ask("GET /v1/carts/current", asking, 200)
            return
        with self.crowd.shopper() as customer:
            await self._open(visit, customer)
            await visit.ask(
                "GET /v1/carts/current", customer.person.ask("GET", "/v1/carts/current"), 200
            )

    async def write_cart(self, visit: Visit) -> None:
        """Put something into a cart, or change how many of it there are."""
        if self.crowd.scarce:
            await self._guest(visit)
            return
        with self.crowd.shopper() as customer:
            await self._open(visit, customer)
            change = customer.lines and self.dice.random() < len(customer.lines) / _MOST_LINES
            await (self._change if change else self._add)(visit, customer)

    async def read_order(self, visit: Visit) -> None:
        """Look what has become of an order: of the one that waits longest, if one does."""
        with self.crowd.waiting() as customer:
            if customer is not None:
                status = await self._status(visit, customer.person, customer.order)
                if status in ENDS:
                    customer.order = ""
                return
        if self._orders:
            await self._status(visit, *self.dice.choice(self._orders))
        else:
            person = self.dice.choice(self.crowd.customers).person
            await visit.ask("GET /v1/orders", person.ask("GET", "/v1/orders"), 200)

    async def check_out(self, visit: Visit) -> None:
        """Have the cart priced, and order it."""
        if self.crowd.scarce:
            await self.read_order(visit)
        with self.crowd.shopper(with_lines=True) as customer:
            if not customer.lines:
                await self._open(visit, customer)
                await self._add(visit, customer)
            person, cart = customer.person, customer.cart
            customer.leave_cart()
            asking = person.ask("GET", f"/v1/carts/{cart}/quote")
            quote = (await visit.ask("GET /v1/carts/{id}/quote", asking, 200)).json
            order = Cart.of(cart, quote).order(customer.home, "ok")
            key = {"idempotency-key": str(uuid4())}
            asking = person.ask("POST", "/v1/orders", json=order, headers=key)
            answer = await visit.ask("POST /v1/orders", asking, 201, 202)
            customer.order = order_in(answer)["id"]
            self.ordered += 1
            self._orders.append((person, customer.order))
            self.shop.door.record.orders[customer.order] = answer.trace

    async def authenticate(self, visit: Visit) -> None:
        """Sign in, or go on with the session of who did."""
        door = self.shop.door
        if self._refresh_tokens and self.dice.random() < 0.5:
            token = {"refresh_token": self._refresh_tokens.popleft()}
            asking = door.ask("POST", "/v1/auth/refresh", json=token)
            answer = await visit.ask("POST /v1/auth/refresh", asking, 200)
        else:
            person = self.dice.choice(self.crowd.customers).person
            words = {"email": person.email, "password": person.password}
            asking = door.ask("POST", "/v1/auth/login", json=words)
            answer = await visit.ask("POST /v1/auth/login", asking, 200)
        self._refresh_tokens.append(answer.json["refresh_token"])

    async def _guest(self, visit: Visit) -> Mapping[str, str]:
        """Somebody unknown puts something into a new cart; what shows that it is hers."""
        door = self.shop.door
        opened = await visit.ask("POST /v1/carts", door.ask("POST", "/v1/carts", json={}), 201)
        token = {"x-cart-token": opened.json["guest_token"]}
        line = {"product_id": self.dice.choice(self.goods.products), "quantity": self._some()}
        path = f"/v1/carts/{opened.json['id']}/items"
        asking = door.ask("POST", path, json=line, headers=token)
        await visit.ask("POST /v1/carts/{id}/items", asking, 200)
        return token

    async def _open(self, visit: Visit, customer: Customer) -> None:
        if not customer.cart:
            asking = customer.person.ask("POST", "/v1/carts", json={})
            answer = await visit.ask("POST /v1/carts", asking, 200, 201)
            cart = answer.json
            customer.cart = cart["id"]
            customer.lines = {line["product_id"]: line["quantity"] for line in cart["lines"]}

    async def _add(self, visit: Visit, customer: Customer) -> None:
        product, some = self.dice.choice(self.goods.products), self._some()
        line = {"product_id": product, "quantity": some}
        path = f"/v1/carts/{customer.cart}/items"
        asking = customer.person.ask("POST", path, json=line)
        await visit.ask("POST /v1/carts/{id}/items", asking, 200)
        customer.lines[product] = customer.lines.get(product, 0) + some

    async def _change(self, visit: Visit, customer: Customer) -> None:
        product, some = self.dice.choice(list(customer.lines)), self._some()
        path = f"/v1/carts/{customer.cart}/items/{product}"
        asking = customer.person.ask("PUT", path, json={"quantity": some})
        await visit.ask("PUT /v1/carts/{id}/items/{product_id}", asking, 200)
        customer.lines[product] = some

    async def _status(self, visit: Visit, person: Person, order: str) -> str:
        asking = person.ask("GET", f"/v1/orders/{order}")
        answer = await visit.ask("GET /v1/orders/{id}", asking, 200)
        return str(answer.json["status"])

    def _some(self) -> int:
        return self.dice.randint(1, _MOST_OF_ONE)
