"""Receives Pulpo's outgoing webhooks on port 9000 and checks that they are genuine. Needs PULPO_WEBHOOK_SECRET.

Only the standard library; `is_genuine` is what to take into an application of any framework.
"""

import hashlib
import hmac
import json
import os
import time
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["PULPO_WEBHOOK_SECRET"]
MAX_BODY = 1024 * 1024
#: Deliveries that were worked on: the same one comes again when its answer got lost. Keep these in a database.
seen: "OrderedDict[str, None]" = OrderedDict()


def is_genuine(secret: str, timestamp: str, signature: str, body: bytes) -> bool:
    if not timestamp.isascii() or not timestamp.isdigit() or abs(time.time() - int(timestamp)) > 300:
        return False
    expected = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest("sha256=" + expected, signature)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        if length > MAX_BODY:
            return self.answer(413)
        body = self.rfile.read(length)
        timestamp, signature = self.headers.get("X-Pulpo-Timestamp", ""), self.headers.get("X-Pulpo-Signature", "")
        if not is_genuine(SECRET, timestamp, signature, body):
            return self.answer(401)
        delivery = self.headers["X-Pulpo-Delivery"]
        if delivery not in seen:
            seen[delivery] = None
            if len(seen) > 10_000:
                seen.popitem(last=False)
            event = json.loads(body)
            print(event["type"], event["message"], event["data"], flush=True)
        self.answer(200)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", 9000), Receiver).serve_forever()
