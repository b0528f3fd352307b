// Put into the page itself, before all else: what must not wait for a file to come.
try {
  const theme = localStorage.getItem('polycast.theme')
  if (theme) document.documentElement.dataset.theme = theme
} catch {
  // Storage is blocked: the system's appearance stands.
}
// The gateway says by a cookie that somebody is signed in here: ask for their token beside the page's files, not after them.
if (document.cookie.includes('polycast_signed_in=')) {
  window.askedForToken = fetch('/api/v1/auth/refresh', { method: 'POST' })
  window.askedForToken.catch(() => undefined) // whoever takes it finds out
}
