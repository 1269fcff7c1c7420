"""Services that register anew, as newer versions, so many times a second.

It is told the registry, where they all are, how many they are, and how often; all are registered
when it says that it is ready.
"""

import http.client
import itertools
import json
import sys
import time
from urllib.parse import urlsplit

registry, service, names, a_second = sys.argv[1:]
connection = http.client.HTTPConnection(urlsplit(registry).netloc)


def register(number, version):
    name = f"service-{number}"
    routes = [
        {"prefix": f"/v1/{name}/{one}", "methods": ["GET", "POST"], "policy": "authenticated"}
        for one in range(3)
    ]
    said = {"name": name, "url": service, "version": version, "metadata": {"routes": routes}}
    body = json.dumps(said | {"ttl": 300})
    connection.request("POST", "/register", body, {"Content-Type": "application/json"})
    with connection.getresponse() as answer:
        assert answer.status in (200, 201), answer.read()
        answer.read()


for number in range(int(names)):
    register(number, "0")
print("ready", flush=True)
begun = time.monotonic()
for number in itertools.count(1):
    time.sleep(max(begun + number / int(a_second) - time.monotonic(), 0))
    register(number % int(names), str(number))
