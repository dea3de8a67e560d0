// Orders what the search finds by the weights of search_order.py; a page that lacks one of several words may be found.
Search.performTermsSearch = (wanted) => {
  const { docnames, titles, filenames } = Search._index;
  const { pages, words: weights } = window.searchWeights;
  const unfolded = (word, part = 1) => {
    const pairs = weights[word];
    return pairs.filter((_, at) => at % 2 === 0).map((page, at) => [pages[page], pairs[2 * at + 1] * part]);
  };
  const pagesOf = (word) => {
    if (Object.hasOwn(weights, word)) return unfolded(word);
    if (word.length < 3) return [];
    return Object.keys(weights)
      .filter((other) => other.startsWith(word))
      .flatMap((other) => unfolded(other, 0.5));
  };

  const found = new Map();
  for (const word of wanted) {
    const best = new Map();
    for (const [page, weight] of pagesOf(word)) best.set(page, Math.max(weight, best.get(page) ?? 0));
    for (const [page, weight] of best) {
      const { sum = 0, words = 0 } = found.get(page) ?? {};
      found.set(page, { sum: sum + weight, words: words + 1 });
    }
  }

  return [...found].flatMap(([page, { sum, words }]) => {
    const at = docnames.indexOf(page);
    const share = words / wanted.size;
    if (at < 0 || share < 0.5) return [];
    return [[page, titles[at], "", null, Math.round(10 * sum * share * share), filenames[at]]];
  });
};
