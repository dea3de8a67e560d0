// A class activation map: choose a class, and the map moves; what each channel adds.
import { array, bar, canvas, choice, dot, note, picture, register, slider, start } from "./shared.js";

/**
 * The class activation map of one class: the sum of all channels' maps, each times its weight for the class.
 *
 * @param {{maps: number[][][], weights: number[][], class: number}} input maps as (height, width, channels), weights as
 *        (channels, classes).
 * @returns {{map: number[][], score: number}} score is the mean of the map, which is the class's logit without bias.
 */
export function compute({ maps, weights, class: chosen }) {
  const map = maps.map((row) =>
    row.map((channels) => channels.reduce((sum, value, at) => sum + value * weights[at][chosen], 0)),
  );
  const flat = map.flat();
  return { map, score: flat.reduce((sum, value) => sum + value, 0) / flat.length };
}

register("cam", compute);

/** The image is in grey already, (height, width): colour would only make the page heavier. */
export function mount(key, { image, maps, weights, classes }) {
  start(key, (stage) => {
    const {
      shape: [height, width],
      values: pixels,
    } = array(image);
    const {
      shape: [rows, columns, channels],
      values,
    } = array(maps);
    const { values: weight } = array(weights);
    const cells = Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) =>
        Array.from(values.subarray((row * columns + column) * channels, (row * columns + column + 1) * channels)),
      ),
    );
    const table = Array.from({ length: channels }, (_, channel) =>
      Array.from(weight.subarray(channel * classes.length, (channel + 1) * classes.length)),
    );
    const state = { class: 0, most: 0 };
    const said = note(stage, "");
    const photo = picture(width, height, (data, from, at) => dot(data, from, pixels[at]));
    const means = table.map((_, channel) => {
      let sum = 0;
      for (let cell = channel; cell < values.length; cell += channels) sum += values[cell];
      return sum / (rows * columns);
    });
    /** The channels that add most to the class, the greatest first. */
    const ranked = () =>
      table
        .map((line, channel) => [channel, means[channel] * line[state.class]])
        .sort(([, one], [, other]) => other - one);
    const draw = canvas(stage, {
      label: "The photograph in grey, with the class activation map over it in colour.",
      ratio: (across) => Math.min(across, 440) * (height / width),
      draw(context, across, high) {
        const order = ranked();
        const kept = new Set(order.slice(0, state.most || channels).map(([channel]) => channel));
        const used = state.most ? table.map((line, channel) => (kept.has(channel) ? line : line.map(() => 0))) : table;
        const { map, score } = compute({ maps: cells, weights: used, class: state.class });
        const top = Math.max(...map.flat(), 1e-9);
        const side = (high * width) / height;
        const left = (across - side) / 2;
        context.drawImage(photo, left, 0, side, high);
        const flat = map.flat();
        const heat = picture(columns, rows, (data, from, at) => {
          const share = Math.max(flat[at], 0) / top;
          dot(data, from, 255, 60 + 160 * share, 20, 215 * share);
        });
        context.imageSmoothingEnabled = true;
        context.drawImage(heat, left, 0, side, high);
        const [first] = order;
        said.textContent =
          `${classes[state.class]}: the mean of the map, without the bias, is ${score.toFixed(2)}. ` +
          `Channel ${first[0]} adds most of all: ${first[1].toFixed(2)}.`;
      },
    });
    const controls = bar(stage);
    choice(controls, {
      label: "What speaks for",
      options: classes.map((name, at) => [String(at), name]),
      value: "0",
      onInput(chosen) {
        state.class = Number(chosen);
        draw();
      },
    });
    slider(controls, {
      label: "only the strongest channels",
      min: 0,
      max: Math.min(50, channels),
      value: 0,
      show: (most) => (most ? String(most) : "all"),
      onInput(most) {
        state.most = most;
        draw();
      },
    });
  });
}
