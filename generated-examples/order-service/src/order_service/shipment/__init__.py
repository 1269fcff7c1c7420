"""The shipment: a parcel on its way."""
