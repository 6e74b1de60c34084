// What is shown of the tables: by text and by verdict.
(() => {
  const holds = (text, asked) => text.toLowerCase().includes(asked);
  const asked = (input) => input.value.trim().toLowerCase();

  const matrix = (form) => {
    const table = document.getElementById("matrix-table");
    const text = document.getElementById("filter-text");
    const told = document.getElementById("filter-told");
    const boxes = [...form.querySelectorAll("input[type=checkbox]")];
    const names = [...table.querySelectorAll("thead th[data-name]")].map((head) => head.dataset.name);
    const games = [...table.querySelectorAll("tr.game")];
    const show = () => {
      const words = asked(text);
      const verdicts = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
      const everyVerdict = verdicts.size === boxes.length;
      const named = names.map((name) => words !== "" && holds(name, words));
      const byRatchet = named.includes(true);
      const columnShown = (index) => index === 0 || !byRatchet || named[index - 1];
      for (const row of table.querySelectorAll("tr:not(.family)")) {
        [...row.cells].forEach((cell, index) => {
          cell.hidden = !columnShown(index);
        });
      }
      let shown = 0;
      for (const game of games) {
        const [head, ...cells] = game.cells;
        for (const cell of cells) cell.classList.toggle("dim", !everyVerdict && !verdicts.has(cell.dataset.v));
        const hasVerdict = everyVerdict || cells.some((cell) => !cell.hidden && verdicts.has(cell.dataset.v));
        game.hidden = !(hasVerdict && (byRatchet || holds(head.textContent, words)));
        if (!game.hidden) shown += 1;
      }
      for (const family of table.tBodies) {
        family.hidden = ![...family.querySelectorAll("tr.game")].some((game) => !game.hidden);
      }
      const columns = byRatchet ? `, ${named.filter(Boolean).length} of ${names.length} ratchets` : "";
      told.textContent = `${shown} of ${games.length} games shown${columns}`;
    };
    form.addEventListener("input", show);
    form.addEventListener("reset", () => setTimeout(show));
    show();
  };

  const comparison = (form) => {
    const rows = [...document.querySelectorAll("#compare-table tbody tr")];
    const text = document.getElementById("compare-text");
    const told = document.getElementById("compare-told");
    const show = () => {
      for (const row of rows) row.hidden = !holds(row.cells[0].textContent, asked(text));
      told.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} ratchets shown`;
    };
    form.addEventListener("input", show);
    show();
  };

  for (const [id, start] of [["filter", matrix], ["compare-filter", comparison]]) {
    const form = document.getElementById(id);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    start(form);
  }
})();
