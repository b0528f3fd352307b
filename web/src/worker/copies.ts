/** How a person's kept answers are named; the person's id follows. */
export const COPIES = 'polycast-seen-'

/** Whom an access token is for; null for none that can be read. */
export function personOf(authorization: string | null): string | null {
  const claims = authorization?.match(/^Bearer [\w-]+\.([\w-]+)\./)?.[1]
  if (!claims) return null
  try {
    const { user_id } = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/'))) as { user_id?: unknown }
    return typeof user_id === 'string' ? user_id : null
  } catch {
    return null
  }
}
