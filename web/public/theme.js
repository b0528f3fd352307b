// Before the first paint: the chosen appearance, if one was chosen. A file, because the policy allows no inline script.
try {
  const theme = localStorage.getItem('polycast.theme')
  if (theme) document.documentElement.dataset.theme = theme
} catch {
  // Storage is blocked: the system's appearance stands.
}
