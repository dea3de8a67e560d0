// Draw a digit: the chapter's trained network answers while you draw, with every feature map.
import { array, bar, button, canvas, dot, note, picture, register, start } from "./shared.js";

/**
 * Run a small network on one image.
 *
 * @param {{image: number[][], network: Object[]}} input image from 0 to 1; each layer has a `kind`, "pad" (`by` zeros on
 *        each side), "conv" (kernel of the shape (height, width, in, out), bias, valid padding, ReLU), "pool" (2×2, the
 *        largest) or "dense" (kernel, bias, ReLU in all but the last). Maps are flattened before the first dense layer.
 * @returns {{logits: number[], activations: number[][][][]}} activations: of each "conv" and "pool", (channel, row, column).
 */
export function compute({ image, network }) {
  let maps = { values: Float64Array.from(image.flat()), height: image.length, width: image[0].length, channels: 1 };
  const activations = [];
  let vector = null;
  network.forEach((layer, at) => {
    if (layer.kind === "dense") {
      vector = dense(vector ?? maps.values, layer, at < network.length - 1);
      return;
    }
    if (layer.kind === "pad") {
      maps = padded(maps, layer.by);
      return;
    }
    maps = layer.kind === "conv" ? convolved(maps, layer) : pooled(maps);
    activations.push(byChannel(maps));
  });
  return { logits: Array.from(vector), activations };
}

function padded({ values, height, width, channels }, by) {
  const [high, wide] = [height + 2 * by, width + 2 * by];
  const made = new Float64Array(high * wide * channels);
  for (let row = 0; row < height; row++) {
    const line = values.subarray(row * width * channels, (row + 1) * width * channels);
    made.set(line, ((row + by) * wide + by) * channels);
  }
  return { values: made, height: high, width: wide, channels };
}

function convolved({ values, height, width, channels }, { kernel, bias }) {
  const [down, across, , filters] = kernel.shape;
  const [high, wide] = [height - down + 1, width - across + 1];
  const made = new Float64Array(high * wide * filters);
  for (let row = 0; row < high; row++) {
    for (let column = 0; column < wide; column++) {
      const to = (row * wide + column) * filters;
      for (let filter = 0; filter < filters; filter++) made[to + filter] = bias.values[filter];
      for (let i = 0; i < down; i++) {
        for (let j = 0; j < across; j++) {
          for (let channel = 0; channel < channels; channel++) {
            const value = values[((row + i) * width + column + j) * channels + channel];
            if (value === 0) continue;
            const from = ((i * across + j) * channels + channel) * filters;
            for (let filter = 0; filter < filters; filter++) made[to + filter] += value * kernel.values[from + filter];
          }
        }
      }
      for (let filter = 0; filter < filters; filter++) if (made[to + filter] < 0) made[to + filter] = 0;
    }
  }
  return { values: made, height: high, width: wide, channels: filters };
}

function pooled({ values, height, width, channels }) {
  const [high, wide] = [Math.floor(height / 2), Math.floor(width / 2)];
  const made = new Float64Array(high * wide * channels);
  for (let row = 0; row < high; row++) {
    for (let column = 0; column < wide; column++) {
      for (let channel = 0; channel < channels; channel++) {
        const at = (i, j) => values[((2 * row + i) * width + 2 * column + j) * channels + channel];
        made[(row * wide + column) * channels + channel] = Math.max(at(0, 0), at(0, 1), at(1, 0), at(1, 1));
      }
    }
  }
  return { values: made, height: high, width: wide, channels };
}

function dense(inputs, { kernel, bias }, relu) {
  const units = kernel.shape[1];
  const made = Float64Array.from(bias.values);
  inputs.forEach((value, at) => {
    if (value) for (let unit = 0; unit < units; unit++) made[unit] += value * kernel.values[at * units + unit];
  });
  return relu ? made.map((value) => Math.max(value, 0)) : made;
}

function byChannel({ values, height, width, channels }) {
  return Array.from({ length: channels }, (_, channel) =>
    Array.from({ length: height }, (_, row) =>
      Array.from({ length: width }, (_, column) => values[(row * width + column) * channels + channel]),
    ),
  );
}

register("digit", compute);

/** A drawing as MNIST has its digits: fitted into 20×20 pixels, its centre of mass in the middle of 28×28. */
function likeMnist(sheet) {
  const { width, height } = sheet;
  const { data } = sheet.getContext("2d").getImageData(0, 0, width, height);
  let [top, bottom, left, right] = [height, -1, width, -1];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (data[4 * (row * width + column) + 3] < 20) continue;
      [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
      [left, right] = [Math.min(left, column), Math.max(right, column)];
    }
  }
  if (bottom < 0) return null;
  const scale = 20 / Math.max(bottom - top + 1, right - left + 1);
  const draw = (dx, dy) => {
    const small = Object.assign(document.createElement("canvas"), { width: 28, height: 28 });
    const context = small.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    const [wide, high] = [(right - left + 1) * scale, (bottom - top + 1) * scale];
    context.drawImage(
      sheet,
      left,
      top,
      right - left + 1,
      bottom - top + 1,
      14 - wide / 2 + dx,
      14 - high / 2 + dy,
      wide,
      high,
    );
    const pixels = context.getImageData(0, 0, 28, 28).data;
    return Array.from({ length: 28 }, (_, row) =>
      Array.from({ length: 28 }, (_, column) => pixels[4 * (row * 28 + column) + 3] / 255),
    );
  };
  const first = draw(0, 0);
  let [ink, x, y] = [0, 0, 0];
  first.forEach((line, row) =>
    line.forEach((value, column) => {
      ink += value;
      x += value * column;
      y += value * row;
    }),
  );
  return ink ? draw(Math.round(13.5 - x / ink), Math.round(13.5 - y / ink)) : null;
}

export function mount(key, { network: given, names, digit }) {
  start(key, (stage) => {
    const network = given.map((layer) =>
      layer.kernel === undefined ? layer : { ...layer, kernel: array(layer.kernel), bias: array(layer.bias) },
    );
    const labels = names ?? ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    const said = note(stage, "Draw a digit with mouse or finger in the frame.");
    said.style.minHeight = "2.8em"; // two lines on a phone: the frame must not move while one draws in it
    const size = 224;
    const sheet = Object.assign(document.createElement("canvas"), { width: size, height: size });
    const pen = sheet.getContext("2d", { willReadFrequently: true });
    Object.assign(pen, { lineWidth: 20, lineCap: "round", lineJoin: "round" });
    let answer = null;
    let image = null;
    let shown = null; // an image that nobody has drawn
    let last = null;
    const look = (seen, drawn = true) => {
      image = seen;
      shown =
        drawn || !seen
          ? null
          : picture(28, 28, (data, from, at) => dot(data, from, 0, 0, 0, 255 * seen[Math.floor(at / 28)][at % 28]));
      answer = image ? compute({ image, network }) : null;
      const most = answer ? Math.max(...answer.logits) : 0;
      const shares = answer ? answer.logits.map((logit) => Math.exp(logit - most)) : labels.map(() => 0);
      const total = shares.reduce((sum, share) => sum + share, 0) || 1;
      chances = shares.map((share) => share / total);
      if (answer) {
        const best = chances.indexOf(Math.max(...chances));
        said.textContent = `It says ${labels[best]}, ${Math.round(100 * chances[best])}\u00a0% sure. Below, all its feature maps.`;
      }
      paint();
      maps();
    };
    const lookAtTestDigit = () => {
      const { values } = array(digit);
      const rows = Array.from({ length: 28 }, (_, row) => values.subarray(row * 28, row * 28 + 28));
      look(
        rows.map((row) => Array.from(row, (value) => value / 255)),
        false,
      );
    };
    let chances = labels.map(() => 0);
    const high = 210;
    const paint = canvas(stage, {
      label: "Left a frame to draw in, right a bar for each answer.",
      ratio: () => high,
      pointer(x, y, event) {
        const width = event.target.clientWidth;
        const [left, top] = [x * width * (size / high), y * size];
        if (event.type === "pointerdown") {
          last = [left, top];
          event.target.setPointerCapture?.(event.pointerId);
        }
        if (!event.buttons || !last || Number.isNaN(x) || left > size + 20) {
          last = null;
          return;
        }
        pen.beginPath();
        pen.moveTo(...last);
        pen.lineTo(left, top);
        pen.stroke();
        last = [left, top];
        look(likeMnist(sheet));
      },
      draw(context, width, height, { ink, muted, mark, positive, dark }) {
        context.strokeStyle = ink;
        context.lineWidth = 2;
        context.strokeRect(1, 1, high - 2, high - 2);
        context.filter = dark ? "invert(1)" : "none";
        context.imageSmoothingEnabled = !shown;
        context.drawImage(shown ?? sheet, 0, 0, high, high);
        context.filter = "none";
        const left = high + 46;
        const line = height / labels.length;
        labels.forEach((label, at) => {
          context.fillStyle = ink;
          context.textAlign = "right";
          context.fillText(label, left - 6, (at + 0.5) * line);
          context.fillStyle = chances[at] === Math.max(...chances) && answer ? mark : positive;
          context.fillRect(left, at * line + 3, Math.max((width - left - 4) * chances[at], 1), line - 6);
        });
        context.textAlign = "center";
        context.fillStyle = muted;
        if (!answer) context.fillText("draw here", high / 2, high / 2);
      },
    });
    stage.querySelector("canvas").style.touchAction = "none";
    const controls = bar(stage);
    button(controls, "clear", () => {
      pen.clearRect(0, 0, size, size);
      look(null);
      said.textContent = "Draw a digit with mouse or finger in the frame.";
    });
    if (digit) {
      button(controls, "a digit of the test set", () => {
        pen.clearRect(0, 0, size, size);
        lookAtTestDigit();
      });
    }
    const maps = canvas(stage, {
      label: "The feature maps of each layer with maps, one small picture a channel.",
      ratio: (width) =>
        answer ? answer.activations.reduce((sum, layer) => sum + rowsOf(layer, width) * tile(width) + 14, 0) : 10,
      draw(context, width) {
        if (!answer) return;
        let top = 4;
        context.imageSmoothingEnabled = false;
        for (const layer of answer.activations) {
          // All maps of a layer in one picture, one below the other: a canvas for each would take longer than computing.
          const values = layer.flat(2);
          const [tall, wide] = [layer[0].length, layer[0][0].length];
          const most = values.reduce((one, other) => (one > other ? one : other), 1e-9);
          const column = picture(wide, tall * layer.length, (data, from, at) => {
            const share = values[at] / most;
            dot(data, from, 255 * share, 180 * share + 10, 60 + 40 * share);
          });
          const [columns, side] = [Math.floor(width / tile(width)), tile(width) - 2];
          layer.forEach((_, at) => {
            const [x, y] = [(at % columns) * tile(width), top + Math.floor(at / columns) * tile(width)];
            context.drawImage(column, 0, at * tall, wide, tall, x, y, side, side);
          });
          top += rowsOf(layer, width) * tile(width) + 14;
        }
      },
    });
    const tile = (width) => Math.max(20, width / 24);
    const rowsOf = (layer, width) => Math.ceil(layer.length / Math.floor(width / tile(width)));
    if (digit) lookAtTestDigit();
  });
}
