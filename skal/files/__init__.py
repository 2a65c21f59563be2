"""The user's table files: reading, replacement of cells, and atomic writing.

``csv_file``, ``parquet_file`` and ``workbook`` each read one kind of file, and write it with some
cells of one column replaced and everything else unchanged.  ``place`` replaces a file atomically.
"""
