//! The drawing as pixels.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::{ExposureMap, svg_of_all};

/// Pixels of the image for one of the drawing, so that small letters can be read.
const SCALE: u16 = 2;

/// A drawing that cannot be had as pixels.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PixelError {
    /// It is larger than an image can be.
    #[error(
        "the maps are too large for one image: draw fewer, or into a file whose name ends in .svg"
    )]
    TooLarge,
    /// A fault of the harness: what it draws is no drawing.
    #[error("the drawing cannot be drawn: {0}")]
    Drawing(#[from] resvg::usvg::Error),
}

/// Maps side by side as a PNG image, always light; what is said of single cells is only in [`svg_of_all`].
///
/// The letters come with the harness, so the image is the same on every machine.
///
/// # Errors
/// If the image would be too large.
pub fn png_of_all(maps: &[ExposureMap]) -> Result<Vec<u8>, PixelError> {
    let mut options = Options { font_family: "Noto Sans".to_owned(), ..Options::default() };
    let fonts = options.fontdb_mut();
    fonts.load_font_data(ttf_noto_sans::REGULAR.to_vec());
    fonts.load_font_data(ttf_noto_sans::BOLD.to_vec());
    fonts.set_sans_serif_family("Noto Sans");
    let tree = Tree::from_str(&svg_of_all(maps), &options)?;
    let size = tree.size().to_int_size();
    let side = |pixels: u32| pixels.checked_mul(SCALE.into()).ok_or(PixelError::TooLarge);
    let (width, height) = (side(size.width())?, side(size.height())?);
    let mut image = Pixmap::new(width, height).ok_or(PixelError::TooLarge)?;
    let scale = f32::from(SCALE);
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut image.as_mut());
    image.encode_png().map_err(|_| PixelError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exposure::tests::map;
    use crate::fixtures::HOSTILE;

    fn image(maps: &[ExposureMap]) -> Pixmap {
        Pixmap::decode_png(&png_of_all(maps).unwrap()).unwrap()
    }

    /// Pixels of one colour.
    fn count(image: &Pixmap, colour: [u8; 3]) -> usize {
        let is_it = |pixel: &&resvg::tiny_skia::PremultipliedColorU8| {
            [pixel.red(), pixel.green(), pixel.blue()] == colour
        };
        image.pixels().iter().filter(is_it).count()
    }

    #[test]
    fn the_colours_of_the_drawing_are_there() {
        let image = image(&[map(5, ""), map(44, "")]);
        assert_eq!((image.width() % 2, image.height() % 2), (0, 0));
        // Paper, safe, by design, beyond the claim.
        for colour in [[0xff; 3], [0xdc, 0xef, 0xdc], [0xe5, 0x67, 0x4f], [0x4c, 0x11, 0x91]] {
            assert!(count(&image, colour) > 100, "{colour:?}");
        }
    }

    #[test]
    fn letters_are_drawn_without_any_font_of_the_machine() {
        let ink = |title: &str| {
            let map = ExposureMap::new(title, Vec::new(), Vec::new(), Vec::new()).unwrap();
            count(&image(&[map]), [0x1f, 0x23, 0x28])
        };
        assert!(ink("WWWWWWWW") > ink("i") + 100);
    }

    #[test]
    fn the_same_map_gives_the_same_bytes_and_hostile_text_harms_nothing() {
        let maps = [map(5, HOSTILE)];
        assert_eq!(png_of_all(&maps).unwrap(), png_of_all(&maps).unwrap());
    }
}
