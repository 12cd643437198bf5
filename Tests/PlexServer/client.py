#!/usr/bin/env python3
"""Asks a server what ledger asks, by the `plexapi` package: client.py URL FOLDER."""
import sys
from plexapi.server import PlexServer

plex = PlexServer(sys.argv[1], "secret-token")
section = plex.library.sections()[0]
print(section.key, section.title, section.locations)
section.update(path=sys.argv[2])
section.emptyTrash()
