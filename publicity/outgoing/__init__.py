"""报送: what has been published, handed on to other systems row by row, until each row has its answer.

facts (what may be told of a statement) → shapes (in whose columns, checked) → gathering (what stands here and
not there) → handing (files and pulls), sending (pushes) → answers.
"""
