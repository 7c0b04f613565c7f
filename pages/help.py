"""The guide: what each page is for and how it is used, the keys, and a tour of the sample company."""

from tai_ops.app import guide

known = guide.documents()
name = guide.title_row(known)
if name:
    guide.document(name)
else:
    guide.nothing()
