// What was filled in when the session had ended: this tab keeps it on the way to the university's sign-on and back.
(() => {
  const KEY = "hhu-unsaved";
  const kept = sessionStorage.getItem(KEY) || "";
  const back = document.querySelector("form[data-unsaved-kept]");
  if (back) {
    sessionStorage.removeItem(KEY);
    back.elements.unsaved.value = kept;
    back.submit();
    return;
  }
  const fields = document.querySelectorAll("textarea[data-unsaved]");
  for (const field of fields) field.value ||= kept;
  for (const link of document.querySelectorAll("a[data-keeps-unsaved]")) {
    link.addEventListener("click", () => sessionStorage.setItem(KEY, fields[0].value));
  }
})();
