// Leave to send what is larger than a form may be, as headers; none for what is not.

export async function leave(form) {
  const file = form.elements.file.files[0];
  if (!file || file.size <= Number(form.dataset.formBytes)) return {};
  const response = await fetch(form.dataset.pass);
  if (!response.ok || response.redirected) return {};
  const given = await response.json();
  return { [given.header]: given.pass };
}
