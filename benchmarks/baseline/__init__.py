"""A plain baseline, written for the comparison: an allocation service the chapter's way.

SQLAlchemy's ORM with classical mapping, all lines loaded through the relationships, one
transaction for each request, a version number on the product. Where there is a choice
it has what is best for it: see `tables` and `app`.
"""
