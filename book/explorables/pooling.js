// Pooling: which activation wins in each window, and what a shift by one does to the result.
import { array, bar, canvas, choice, note, register, rows, slider, start } from "./shared.js";

/**
 * Pooling without padding.
 *
 * @param {{image: number[][], size: number, stride: number, mode: "max"|"average"}} input
 * @returns {{output: number[][], winners: number[][][]}} winners: of max pooling, row and column of the first largest
 *          value of each window; of average pooling, none.
 */
export function compute({ image, size, stride, mode }) {
  const steps = (side) => Math.max(Math.floor((side - size) / stride) + 1, 0);
  const [output, winners] = [[], []];
  for (let row = 0; row < steps(image.length); row++) {
    output.push([]);
    winners.push([]);
    for (let column = 0; column < steps(image[0].length); column++) {
      let [sum, best, place] = [0, -Infinity, null];
      for (let i = row * stride; i < row * stride + size; i++) {
        for (let j = column * stride; j < column * stride + size; j++) {
          sum += image[i][j];
          if (image[i][j] > best) [best, place] = [image[i][j], [i, j]];
        }
      }
      output[row].push(mode === "max" ? best : sum / size ** 2);
      winners[row].push(mode === "max" ? place : []);
    }
  }
  return { output, winners };
}

register("pooling", compute);

export function mount(key, { image }) {
  start(key, (stage) => {
    const original = Array.isArray(image) ? image : rows(array(image));
    const state = { size: 2, stride: 2, mode: "max", shift: 0 };
    const said = note(stage, "Shift the image by one position: which outputs stay?");
    const moved = (by) => original.map((row) => row.map((_, column) => row[column - by] ?? 0));
    const largest = Math.max(...original.flat(), 1);
    const draw = canvas(stage, {
      label: "Left the image with the largest activation of each window marked, right what is left after pooling.",
      ratio: (width) => ((width - 20) / 2 / original[0].length) * original.length,
      draw(context, width, height, { ink, faint, mark, positive, dark }) {
        const values = moved(state.shift);
        const { output, winners } = compute({ image: values, ...state });
        const before = compute({ image: original, ...state }).output;
        const side = (width - 20) / 2;
        const grid = (cells, left, wide, outlined) => {
          const cell = wide / cells[0].length;
          cells.forEach((line, row) =>
            line.forEach((value, column) => {
              const share = value / largest;
              const [x, y] = [left + column * cell, row * cell];
              const grey = Math.round(255 * (dark ? share : 1 - share));
              context.fillStyle = `rgb(${grey}, ${grey}, ${grey})`;
              context.fillRect(x + 0.5, y + 0.5, cell - 1, cell - 1);
              context.strokeStyle = faint;
              context.lineWidth = 1;
              context.strokeRect(x + 0.5, y + 0.5, cell - 1, cell - 1);
              if (cell > 20) {
                context.fillStyle = grey > 127 ? "#000" : "#fff";
                context.fillText(String(Math.round(value * 10) / 10), x + cell / 2, y + cell / 2);
              }
              const colour = outlined(row, column);
              if (!colour) return;
              context.strokeStyle = colour;
              context.lineWidth = 3;
              context.strokeRect(x + 2, y + 2, cell - 4, cell - 4);
            }),
          );
        };
        const won = new Set(winners.flat().map(String));
        grid(values, 0, side, (row, column) => (won.has(`${row},${column}`) ? mark : ""));
        if (!output.length || !output[0].length) return;
        const wide = (side * output[0].length) / Math.max(output.length, output[0].length);
        const changed = (row, column) => Math.abs(output[row][column] - before[row][column]) > 1e-9;
        grid(output, side + 20, wide, (row, column) => (state.shift && changed(row, column) ? positive : ""));
        const differing = output.flatMap((line, row) => line.filter((_, column) => changed(row, column))).length;
        said.textContent = state.shift
          ? `Shifted by ${state.shift}: ${differing} of ${output.flat().length} outputs changed (framed on the right).`
          : `${original.length}×${original[0].length} in, ${output.length}×${output[0].length} out. Shift the image by one position: which outputs stay?`;
        context.fillStyle = ink;
      },
    });
    const change = (part) => (value) => {
      state[part] = value;
      draw();
    };
    const controls = bar(stage);
    slider(controls, { label: "shift", min: 0, max: 4, value: 0, onInput: change("shift") });
    slider(controls, { label: "window", min: 1, max: 4, value: 2, onInput: change("size") });
    slider(controls, { label: "stride", min: 1, max: 4, value: 2, onInput: change("stride") });
    choice(controls, {
      label: "keep",
      options: [
        ["max", "the largest"],
        ["average", "the average"],
      ],
      value: "max",
      onInput: change("mode"),
    });
  });
}
