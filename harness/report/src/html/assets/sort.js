// Tables whose heads are buttons that sort: by the figure of a cell, else by its text. What has no figure stays last.
(() => {
  const text = (cell) => cell.textContent.trim();
  const figure = (cell) => ("v" in cell.dataset ? Number(cell.dataset.v) : null);

  const compare = (one, other, column, direction) => {
    const [a, b] = [one.cells[column], other.cells[column]];
    if (column === 0) return direction * text(a).localeCompare(text(b), "en");
    const [x, y] = [figure(a), figure(b)];
    if (x === null || y === null) return (x === null) - (y === null);
    return direction * (x - y);
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.title = head.title;
      head.removeAttribute("title");
      head.append(button);
      button.addEventListener("click", () => {
        const ascending = head.getAttribute("aria-sort") !== "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
        const body = table.tBodies[0];
        body.append(...[...body.rows].sort((one, other) => compare(one, other, column, ascending ? 1 : -1)));
      });
    });
  }
})();
