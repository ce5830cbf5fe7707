"""``python -m hemispasm.formats.schemas``: write the schemas anew after a model has changed."""

from hemispasm.formats.atomic import write_text
from hemispasm.formats.schemas import write_schemas

write_schemas(write_text)
