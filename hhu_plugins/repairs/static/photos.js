// Photos of a phone are made small before they are sent: the server keeps no more of them, and the line is slow.
"use strict";
const LONGEST = 1600;
const SMALL = 500_000;

for (const input of document.querySelectorAll("input[type=file][data-shrink]")) {
  input.addEventListener("change", async () => {
    const button = input.form.querySelector("[type=submit]");
    button.disabled = true;
    try {
      const chosen = new DataTransfer();
      for (const file of [...input.files]) chosen.items.add(await shrunk(file));
      input.files = chosen.files;
    } finally {
      button.disabled = false;
    }
  });
}

// What this browser can't draw goes as it is: the server says what it thinks of it.
async function shrunk(file) {
  if (file.size <= SMALL) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    const pen = canvas.getContext("2d");
    // A drawing without a background is not black.
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const jpeg = await new Promise((done) => canvas.toBlob(done, "image/jpeg", .88));
    return jpeg && jpeg.size < file.size ? new File([jpeg], file.name, { type: "image/jpeg" }) : file;
  } catch {
    return file;
  }
}
