// Any 3×3 kernel on an image: weights typed or chosen, a window that shows its sum, an image of the reader's own.
import {
  array,
  bar,
  canvas,
  choice,
  dot,
  element,
  note,
  picture,
  register,
  rows,
  slider,
  start,
  tick,
} from "./shared.js";

/**
 * Cross-correlation of one channel, or convolution with the kernel flipped.
 *
 * @param {{image: number[][], kernel: number[][], stride: number, padding: "valid"|"same", flip: boolean}} input
 * @returns {{output: number[][]}}
 */
export function compute({ image, kernel, stride = 1, padding = "valid", flip = false }) {
  const [height, width, down, across] = [image.length, image[0].length, kernel.length, kernel[0].length];
  const weights = flip ? kernel.map((row) => [...row].reverse()).reverse() : kernel;
  // As TensorFlow pads: what is left over goes below and to the right.
  const lacking = (size, side) => Math.max((Math.ceil(size / stride) - 1) * stride + side - size, 0);
  const zeros = padding === "same" ? [lacking(height, down), lacking(width, across)] : [0, 0];
  const [top, left] = zeros.map((number) => Math.floor(number / 2));
  const steps = (size, side, added) => Math.floor((size + added - side) / stride) + 1;
  const output = [];
  for (let row = 0; row < steps(height, down, zeros[0]); row++) {
    const line = [];
    for (let column = 0; column < steps(width, across, zeros[1]); column++) {
      let sum = 0;
      for (let i = 0; i < down; i++) {
        const pixels = image[row * stride + i - top];
        if (!pixels) continue;
        for (let j = 0; j < across; j++) sum += weights[i][j] * (pixels[column * stride + j - left] ?? 0);
      }
      line.push(sum);
    }
    output.push(line);
  }
  return { output };
}

register("kernel", compute);

/** An image file as rows of grey values, no side longer than `most`. It stays in the page. */
async function opened(file, most) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, most / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(3, Math.round(side * scale)));
  const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
  context.drawImage(bitmap, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const grey = (at) => 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (_, column) => grey(4 * (row * width + column))),
  );
}

export function mount(key, { images, kernels, chosen }) {
  start(key, (stage) => {
    const photos = Object.fromEntries(Object.entries(images).map(([name, image]) => [name, rows(array(image))]));
    const state = {
      image: Object.values(photos)[0],
      kernel: kernels[chosen].map((row) => [...row]),
      stride: 1,
      padding: "valid",
      flip: false,
      window: null,
    };
    const said = note(stage, "Choose a kernel or type its weights. Point at (or tap) the output to see one sum.");
    const controls = bar(stage);
    let output = [];
    let sheets = null; // both pictures as canvases; made anew only when something changed
    const recompute = () => {
      ({ output } = compute(state));
      sheets = [asPicture(state.image, false), asPicture(output, true)];
      draw();
    };
    /** Grey values; an output that goes below zero is shown with grey in the middle. */
    const asPicture = (values, signed) => {
      const flat = values.flat();
      let [low, high] = [flat[0], flat[0]];
      for (const value of flat) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
      const reach = Math.max(Math.abs(low), Math.abs(high)) || 1;
      const grey =
        signed && low < 0 ? (v) => 127.5 + (127.5 * v) / reach : signed ? (v) => (255 * v) / reach : (v) => v;
      return picture(values[0].length, values.length, (data, from, at) => dot(data, from, grey(flat[at])));
    };
    const layout = (width) => {
      const side = (width - 12) / 2;
      return { side, high: side * (state.image.length / state.image[0].length) };
    };
    const draw = canvas(stage, {
      label: "Left the image, right what the kernel makes of it.",
      ratio: (width) => layout(width).high,
      pointer(x, y) {
        const half = x > 0.5;
        if (Number.isNaN(x) || !half) state.window = null;
        else {
          const [row, column] = [Math.floor(y * output.length), Math.floor((x - 0.5) * 2 * output[0].length)];
          state.window = output[row]?.[column] === undefined ? null : [row, column];
        }
        tell();
        draw();
      },
      draw(context, width, height, { mark }) {
        const { side } = layout(width);
        context.imageSmoothingEnabled = false;
        context.drawImage(sheets[0], 0, 0, side, height);
        context.drawImage(sheets[1], side + 12, 0, side, height);
        if (!state.window) return;
        const [row, column] = state.window;
        const pixel = side / state.image[0].length;
        const cell = [side / output[0].length, height / output.length];
        context.strokeStyle = mark;
        context.lineWidth = 2;
        const [top, left] = corner(row, column);
        context.strokeRect(left * pixel, top * pixel, 3 * pixel, 3 * pixel);
        context.strokeRect(side + 12 + column * cell[0] - 1, row * cell[1] - 1, cell[0] + 2, cell[1] + 2);
      },
    });
    const corner = (row, column) => {
      const shift = (size) =>
        state.padding === "same"
          ? Math.floor(Math.max((Math.ceil(size / state.stride) - 1) * state.stride + 3 - size, 0) / 2)
          : 0;
      return [row * state.stride - shift(state.image.length), column * state.stride - shift(state.image[0].length)];
    };
    const tell = () => {
      if (!state.window) return;
      const [row, column] = state.window;
      const [top, left] = corner(row, column);
      const used = state.flip ? state.kernel.map((line) => [...line].reverse()).reverse() : state.kernel;
      const terms = used.flatMap((line, i) =>
        line.map((weight, j) => [weight, Math.round(state.image[top + i]?.[left + j] ?? 0)]),
      );
      const shown = terms.filter(([weight]) => weight !== 0).map(([weight, pixel]) => `${round(weight)}·${pixel}`);
      said.textContent = `${shown.join(" + ").replaceAll("+ -", "− ")} = ${round(output[row][column])}`;
    };
    const round = (number) => Math.round(number * 100) / 100;
    const names = Object.keys(kernels).map((name) => [name, name.replaceAll("_", " ")]);
    choice(controls, {
      label: "kernel",
      options: names,
      value: chosen,
      onInput(name) {
        state.kernel = kernels[name].map((row) => [...row]);
        fields.forEach((field, at) => {
          field.value = round(state.kernel[Math.floor(at / 3)][at % 3]);
        });
        recompute();
      },
    });
    const options = Object.keys(photos);
    if (options.length > 1) {
      choice(controls, {
        label: "image",
        options,
        value: options[0],
        onInput: (name) => {
          state.image = photos[name];
          recompute();
        },
      });
    }
    const file = element("input", { type: "file", accept: "image/*" });
    file.style.maxWidth = "13rem";
    file.addEventListener("input", async () => {
      try {
        state.image = await opened(file.files[0], 160);
        recompute();
      } catch {
        said.textContent = "This file cannot be shown as an image.";
      }
    });
    controls.append(element("label", {}, "your own, which stays in this page ", file));
    const grid = element("div");
    grid.style.cssText = "display: grid; grid-template-columns: repeat(3, 4.2rem); gap: 0.25rem; margin: 0.4rem 0";
    const fields = state.kernel.flat().map((weight, at) => {
      const field = element("input", { type: "number", step: "any", value: round(weight) });
      field.setAttribute("aria-label", `weight in row ${Math.floor(at / 3) + 1}, column ${(at % 3) + 1}`);
      field.style.cssText = "font: inherit; width: 100%; min-height: 2rem; box-sizing: border-box";
      field.addEventListener("input", () => {
        state.kernel[Math.floor(at / 3)][at % 3] = Number(field.value) || 0;
        recompute();
      });
      grid.append(field);
      return field;
    });
    stage.append(grid);
    const more = bar(stage);
    slider(more, {
      label: "stride",
      min: 1,
      max: 4,
      value: 1,
      onInput: (stride) => {
        state.stride = stride;
        state.window = null;
        recompute();
      },
    });
    choice(more, {
      label: "padding",
      options: ["valid", "same"],
      value: "valid",
      onInput: (padding) => {
        state.padding = padding;
        state.window = null;
        recompute();
      },
    });
    tick(more, {
      label: "flip (convolution)",
      onInput: (flip) => {
        state.flip = flip;
        recompute();
      },
    });
    recompute();
  });
}
