import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRETS = os.environ["AUDIOPOD_WEBHOOK_SECRETS"].split()
SEEN = set()  # in a real program, a table with a unique column


def is_genuine(headers, body):
    timestamp = headers.get("X-AudioPod-Timestamp", "")
    signature = headers.get("X-AudioPod-Signature", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > 300:
        return False  # perhaps an old request that somebody sends again
    signed = timestamp.encode() + b"." + body
    for secret in SECRETS:  # two while a secret is rotated
        digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        if hmac.compare_digest(f"sha256={digest}".encode(), signature.encode()):
            return True
    return False


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        genuine = is_genuine(self.headers, body)
        self.send_response(204 if genuine else 401)
        self.end_headers()
        if genuine:
            self.take(json.loads(body))

    def take(self, event):
        if event["event_id"] not in SEEN:  # it may come more than once
            SEEN.add(event["event_id"])
            print(event["event_type"], event["job_id"], flush=True)


HTTPServer(("localhost", 8400), Receiver).serve_forever()
