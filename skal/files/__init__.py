"""Files of the user: read as they come, changed cell by cell, and replaced whole or not at all.

``csv_file``, ``parquet_file`` and ``workbook`` each read one kind of file, and write it again with
some cells of one column replaced and all else the same.  ``place`` puts what was written where it
belongs.
"""
