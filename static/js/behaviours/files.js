// Around a file input: names, sizes and small pictures of what was chosen, each removable before it is sent.
// Limits come from the server and are only foretold here; the server looks at the bytes.
const MB = 1024 * 1024;

function picture(file) {
  return new Promise((resolve) => {
    const reader = new FileReader(); // a data: address, which the content policy allows
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => resolve("");
    reader.readAsDataURL(file);
  });
}

export default function files(box) {
  const input = box.querySelector("input[type=file]");
  const list = box.querySelector("[data-files]");
  const { removeLabel, tooLarge, tooMany } = box.dataset;
  const most = Number(box.dataset.most);
  const largest = Number(box.dataset.largest);
  let chosen = [];

  function put() {
    const transfer = new DataTransfer();
    chosen.forEach((file) => transfer.items.add(file));
    input.files = transfer.files;
  }

  async function draw() {
    const drawn = await Promise.all(chosen.map(async (file, place) => {
      const item = document.createElement("li");
      item.className = "file-chip";
      if (/^image\/(jpeg|png|webp|gif)$/.test(file.type) && file.size <= largest) {
        const image = new Image();
        image.alt = "";
        image.src = await picture(file);
        item.append(image);
      }
      const name = document.createElement("span");
      name.textContent = file.name;
      const note = document.createElement("small");
      note.textContent = `${(file.size / MB).toFixed(1)} MB`;
      if (file.size > largest || place >= most) {
        item.classList.add("refused");
        note.textContent = place >= most ? tooMany : tooLarge;
      }
      const remove = document.createElement("button");
      remove.type = "button";
      remove.className = "btn btn-quiet btn-icon btn-xs";
      remove.setAttribute("aria-label", `${removeLabel} ${file.name}`);
      remove.textContent = "×";
      remove.addEventListener("click", () => {
        chosen = chosen.filter((one) => one !== file);
        put();
        draw();
        input.focus();
      });
      item.append(name, note, remove);
      return item;
    }));
    list.replaceChildren(...drawn);
  }

  function add(given) {
    chosen = [...chosen, ...given];
    put();
    draw();
  }

  input.addEventListener("change", () => add([...input.files].filter((file) => !chosen.includes(file))));
  box.addEventListener("paste", (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (pasted.length) add(pasted);
  });
  box.closest("form")?.addEventListener("reset", () => add([], (chosen = [])));
}
