#!/usr/bin/env python3
"""As much of a Plex server as ledger asks: libraries, a look at a folder, and emptying its trash.

  plex.py LOG PORTFILE TITLE=FOLDER...

Writes its port into PORTFILE, which may be a pipe, once it listens on 127.0.0.1, and each request that the token let in as a
line of LOG; one that it refused as `refused`. Answers in JSON where that is accepted, else in XML, as Plex
does. The token is `secret-token`. Ends when its standard input is closed.
"""
import json, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote_to_bytes, urlsplit
from xml.sax.saxutils import quoteattr

log, port_file, libraries = sys.argv[1], sys.argv[2], [a.split("=", 1) for a in sys.argv[3:]]


def xml(name, value):
    attributes = "".join(
        f" {k}={quoteattr(str(int(v)) if isinstance(v, bool) else str(v))}"
        for k, v in value.items() if not isinstance(v, list))
    inside = "".join(xml(k, e) for k, v in value.items() if isinstance(v, list) for e in v)
    return f"<{name}{attributes}>{inside}</{name}>"


class Plex(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, container=None):
        is_json = "json" in self.headers.get("Accept", "")
        text = b""
        if container is not None:
            text = (json.dumps({"MediaContainer": container}) if is_json
                    else '<?xml version="1.0" encoding="UTF-8"?>' + xml("MediaContainer", container)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if is_json else "text/xml;charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def note(self, line):
        with open(log, "ab") as file:
            file.write(line + b"\n")

    def handle_request(self):
        if self.headers.get("X-Plex-Token") != "secret-token":
            self.note(b"refused")
            return self.answer(401)
        parts = urlsplit(self.path)
        sections = [
            {"allowSync": True, "art": "/:/resources/movie-fanart.jpg", "filters": True,
             "refreshing": False, "key": str(number), "type": "photo" if "hoto" in title else "movie",
             "title": title, "agent": "tv.plex.agents.none", "scanner": "Plex Photo Scanner",
             "language": "xn", "uuid": f"uuid-{number}", "updatedAt": 1700000000,
             "createdAt": 1700000000, "scannedAt": 1700000000, "content": True, "directory": True,
             "contentChangedAt": 1234, "hidden": 0, "Location": [{"id": number, "path": folder}]}
            for number, (title, folder) in enumerate(libraries, 1)]
        words = parts.path.strip("/").split("/")
        if self.command == "GET" and parts.path == "/":
            return self.answer(200, {"size": 0, "friendlyName": "fake", "machineIdentifier": "fake",
                                     "version": "1.40.0", "platform": "Linux", "myPlex": False})
        if self.command == "GET" and parts.path.rstrip("/") in ("/library/sections", "/library"):
            self.note(b"sections")
            return self.answer(200, {"size": len(sections), "allowSync": False, "identifier": "library",
                                     "title1": "Plex Library", "Directory": sections})
        if len(words) == 4 and words[:2] == ["library", "sections"] and words[2] in [s["key"] for s in sections]:
            title = sections[int(words[2]) - 1]["title"].encode()
            if self.command == "GET" and words[3] == "refresh":
                path = dict(p.split("=", 1) for p in parts.query.split("&") if "=" in p).get("path", "")
                self.note(b"refresh " + title + b" " + unquote_to_bytes(path.replace("+", " ")))
                return self.answer(200)
            if self.command == "PUT" and words[3] == "emptyTrash":
                self.note(b"emptyTrash " + title)
                return self.answer(200)
        self.answer(404)

    do_GET = do_PUT = handle_request


server = ThreadingHTTPServer(("127.0.0.1", 0), Plex)
threading.Thread(target=server.serve_forever, daemon=True).start()
with open(port_file, "w") as file:
    file.write(f"{server.server_address[1]}\n")
sys.stdin.read()
