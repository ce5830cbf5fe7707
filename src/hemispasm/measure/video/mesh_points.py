"""Which of the 478 mesh points lies where. Pairs are (picture's left, picture's right).

The numbering is that of the published face mesh (Apache-2.0 model bundle): in an unflipped
picture the person's right eye, at the picture's left, has the lower numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

EYE_OUTER = (33, 263)
EYE_INNER = (133, 362)
# Upper and lower lid points facing each other, from outer to inner third of the lid margin.
LID_UPPER = ((160, 159, 158), (387, 386, 385))
LID_LOWER = ((144, 145, 153), (373, 374, 380))
# Next to them, used where more points lower the noise.
LID_UPPER_WIDE = ((161, 160, 159, 158, 157), (388, 387, 386, 385, 384))
LID_LOWER_WIDE = ((163, 144, 145, 153, 154), (390, 373, 374, 380, 381))
MOUTH_CORNER = ((61, 185, 146), (291, 409, 375))
CHEEK = ((205, 50, 187), (425, 280, 411))
BROW = ((70, 63, 105, 66, 107), (300, 293, 334, 296, 336))
BROW_OUTER = ((70, 63, 105), (300, 293, 334))
ALA = ((64, 98, 129), (294, 327, 358))
JAW = ((172, 136, 150), (397, 365, 379))
NOSE_BRIDGE = (168, 6, 197, 195)
MIDLINE = (10, 151, 9, 8, 168, 6, 197, 195, 5)


def _numbers(text: str) -> NDArray[np.intp]:
    return np.array(text.split(), dtype=np.intp)


# Points that the facial muscles move least: forehead, nose bridge, temples, canthi.
STABLE = _numbers(
    "10 151 9 8 168 6 197 195 5 67 109 103 54 21 127 162 234 297 338 332 284 251 356 389 454"
    " 133 362 33 263"
)

# The subset, in order, that the blendshape model takes.
BLENDSHAPE_POINTS = _numbers(
    "0 1 4 5 6 7 8 10 13 14 17 21 33 37 39 40 46 52 53 54 55 58 61 63 65 66 67 70 78 80 81 82 84"
    " 87 88 91 93 95 103 105 107 109 127 132 133 136 144 145 146 148 149 150 152 153 154 155 157"
    " 158 159 160 161 162 163 168 172 173 176 178 181 185 191 195 197 234 246 249 251 263 267 269"
    " 270 276 282 283 284 285 288 291 293 295 296 297 300 308 310 311 312 314 317 318 321 323 324"
    " 332 334 336 338 356 361 362 365 373 374 375 377 378 379 380 381 382 384 385 386 387 388 389"
    " 390 397 398 400 402 405 409 415 454 466 468 469 470 471 472 473 474 475 476 477"
)
