"""The images of the course, each with an honest account of where it came from.

>>> from labkit import datasets
>>> photo = datasets.load_photo("chelsea")
>>> photo.image.shape
(300, 451, 3)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "boxed_images": ["BoxedImages"],
        "catalogue": ["DatasetStatus", "content_key", "fetch", "status"],
        "dataset": ["ImageDataset", "Provenance"],
        "decoding": ["DecodedPictures", "decode_pictures", "resize_picture"],
        "digits": ["load_mnist", "small_digits"],
        "drawn_pets": ["DrawnPets", "draw_pets"],
        "drawn_scenes": ["draw_scenes"],
        "fashion": ["load_fashion_mnist"],
        "instance_maps": ["mask_boxes"],
        "letterboxing": ["Letterbox", "letterbox"],
        "own_folder": ["load_folder"],
        "own_picture": ["to_mnist_picture"],
        "penn_fudan": ["BoxedDataset", "load_penn_fudan"],
        "pets": ["load_cats_vs_dogs"],
        "photos": ["Photo", "load_photo"],
        "picture_files": ["FileSplit", "PictureFiles"],
        "reading": ["UnreadablePicture", "read_mask", "read_picture"],
        "screening": ["ScreeningReport"],
    },
)
