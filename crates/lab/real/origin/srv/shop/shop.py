"""The shop: one page, and a book in which every visit is written down."""

import os

BOOK = "/var/lib/shop/visits"
PAGE = b"""<!doctype html>
<html lang="en"><head><title>Shop</title></head><body><h1>Shop</h1><p>Twelve kinds of tea.</p></body></html>
"""


def app(environ, start_response):
    with open(BOOK, "a", encoding="utf-8") as book:
        book.write(environ["REQUEST_METHOD"] + " " + environ["PATH_INFO"] + "\n")
        book.flush()
        os.fsync(book.fileno())
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [PAGE]
