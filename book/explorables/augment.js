// An image rotated, shifted, sheared, zoomed and flipped in one single resampling.
import { array, bar, canvas, choice, dot, note, picture, register, slider, start, tick } from "./shared.js";

/**
 * The matrix that tells for each pixel where in the old image to look, and the new image, as labkit's
 * `affine_matrices` and `resample` make them.
 *
 * @param {{image: number[][], rotation: number, width_shift: number, height_shift: number, shear: number, zoom: number,
 *          flip: boolean, fill_mode: "nearest"|"reflect"|"constant"|"wrap"}} input shifts in pixels, angles in degrees.
 * @returns {{matrix: number[][], image: number[][]}}
 */
export function compute({
  image,
  rotation = 0,
  width_shift: right = 0,
  height_shift: down = 0,
  shear = 0,
  zoom = 1,
  flip = false,
  fill_mode: mode = "nearest",
}) {
  const [height, width] = [image.length, image[0].length];
  const matrix = affine(height, width, { rotation, right, down, shear, zoom, flip });
  const [[a, b, c], [d, e, f]] = matrix;
  const between = (first, second, share) => first + share * (second - first);
  const made = Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (_, column) => {
      const [x, y] = [a * column + b * row + c, d * column + e * row + f];
      const [left, top] = [Math.floor(x), Math.floor(y)];
      const [upper, lower] = [image[inside(top, height, mode)], image[inside(top + 1, height, mode)]];
      const [near, far] = [inside(left, width, mode), inside(left + 1, width, mode)];
      const along = (line) => between(line?.[near] ?? 0, line?.[far] ?? 0, x - left);
      return between(along(upper), along(lower), y - top);
    }),
  );
  return { matrix, image: made };
}

function affine(height, width, { rotation, right, down, shear, zoom, flip }) {
  const [turn, lean] = [rotation, shear].map((degrees) => (degrees * Math.PI) / 180);
  const [x, y] = [(width - 1) / 2, (height - 1) / 2];
  const steps = [
    [
      [1, 0, x],
      [0, 1, y],
    ],
    [
      [Math.cos(turn), -Math.sin(turn), 0],
      [Math.sin(turn), Math.cos(turn), 0],
    ],
    [
      [1, 0, right],
      [0, 1, down],
    ],
    [
      [1, -Math.sin(lean), 0],
      [0, Math.cos(lean), 0],
    ],
    [
      [zoom, 0, 0],
      [0, zoom, 0],
    ],
    [
      [flip ? -1 : 1, 0, 0],
      [0, 1, 0],
    ],
    [
      [1, 0, -x],
      [0, 1, -y],
    ],
  ];
  const times = (one, other) =>
    one.map(([p, q, r]) =>
      [0, 1, 2].map((column) => p * other[0][column] + q * other[1][column] + (column === 2 ? r : 0)),
    );
  return steps.reduce(times);
}

const modulo = (number, by) => ((number % by) + by) % by;

/** The pixel that stands for one beyond the border; −1, where there is none, if the rest is to be black. */
function inside(index, length, mode) {
  if (index >= 0 && index < length) return index;
  if (mode === "constant") return -1;
  if (mode === "wrap") return modulo(index, length);
  if (mode === "reflect") {
    const place = modulo(index, 2 * length);
    return Math.min(place, 2 * length - 1 - place);
  }
  return Math.max(0, Math.min(length - 1, index));
}

register("augment", compute);

export function mount(key, { image }) {
  start(key, (stage) => {
    const {
      shape: [height, width, channels],
      values,
    } = array(image);
    const planes = Array.from({ length: channels }, (_, channel) =>
      Array.from({ length: height }, (_, row) =>
        Array.from({ length: width }, (_, column) => values[(row * width + column) * channels + channel]),
      ),
    );
    const coloured = (shown) => {
      const [red, green, blue] = channels === 3 ? shown : [shown[0], shown[0], shown[0]];
      return picture(width, height, (data, from, at) => {
        const [row, column] = [Math.floor(at / width), at % width];
        dot(data, from, red[row][column], green[row][column], blue[row][column]);
      });
    };
    const before = coloured(planes);
    const none = { rotation: 0, width_shift: 0, height_shift: 0, shear: 0, zoom: 1, flip: false };
    const state = { ...none, fill_mode: "nearest", rotation: 15 };
    note(stage, "Turn the image, and watch what comes in at its border.");
    const draw = canvas(stage, {
      label: "Left the image as it is, right as it is after all changes.",
      ratio: (across) => ((across - 12) / 2) * (height / width),
      draw(context, across, high) {
        const side = (across - 12) / 2;
        const changed = planes.map((plane) => compute({ image: plane, ...state }).image);
        context.drawImage(before, 0, 0, side, high);
        context.drawImage(coloured(changed), side + 12, 0, side, high);
      },
    });
    const change = (part) => (value) => {
      state[part] = value;
      draw();
    };
    const controls = bar(stage);
    const few = Math.round(width / 3);
    slider(controls, { label: "rotation (degrees)", min: -90, max: 90, value: 15, onInput: change("rotation") });
    slider(controls, {
      label: "shift to the side (pixels)",
      min: -few,
      max: few,
      value: 0,
      onInput: change("width_shift"),
    });
    slider(controls, { label: "shift up (pixels)", min: -few, max: few, value: 0, onInput: change("height_shift") });
    slider(controls, { label: "shear (degrees)", min: -45, max: 45, value: 0, onInput: change("shear") });
    slider(controls, {
      label: "zoom (part that is seen)",
      min: 0.4,
      max: 1.6,
      step: 0.05,
      value: 1,
      show: (zoom) => zoom.toFixed(2),
      onInput: change("zoom"),
    });
    tick(controls, { label: "flip", onInput: change("flip") });
    choice(controls, {
      label: "beyond the border",
      options: ["nearest", "reflect", "constant", "wrap"],
      value: "nearest",
      onInput: change("fill_mode"),
    });
  });
}
