/** Development only: what the gateway's contract has and the gateway not yet, in memory, over its real drafts. */
const TRANSITIONS = {
  generated: ['reviewed', 'ready'],
  reviewed: ['ready', 'generated'],
  edited: ['reviewed', 'ready'],
  ready: ['published', 'reviewed'],
  published: ['ready'],
}

export function createOverlay(upstream, { many }) {
  const changes = new Map()
  const revisions = new Map()
  const listeners = new Set()
  const notifications = [
    { id: '1', title: '15 drafts are waiting', body: '5 ideas, 15 drafts, none failed.', created_at: new Date().toISOString(), read_at: null, workflow_id: null },
  ]
  const audit = ['auth.login', 'content.edited', 'content.state_changed', 'auth.login'].map((event_type, i) => ({
    timestamp: new Date(Date.now() - i * 5e6).toISOString(), event_type, resource_id: null, action: event_type.split('.')[1],
    ip_address: '127.0.0.1', user_agent: 'Firefox', status: i === 3 ? 'refused' : 'success',
  }))
  let tokens = null
  let sequence = 0

  const send = (response, status, body, headers = {}) => {
    response.writeHead(status, { 'Content-Type': status >= 400 ? 'application/problem+json' : 'application/json', ...headers })
    response.end(body === null ? undefined : JSON.stringify(body))
    return true
  }
  const problem = (response, status, title, detail) => send(response, status, { type: 'x', title, status, detail, instance: '/' })
  const emit = (name, data) => {
    for (const listener of listeners) listener.write(`id: ${++sequence}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
  }
  const withChanges = (draft) => ({ ...draft, ...changes.get(draft.id) })
  const etag = (draft) => `"${changes.get(draft.id)?.version ?? 0}"`
  const change = (id, patch) => {
    const version = (changes.get(id)?.version ?? 0) + 1
    changes.set(id, { ...changes.get(id), ...patch, version, updated_at: new Date().toISOString() })
    emit('content.changed', { id })
  }

  async function json(path, headers) {
    const answer = await upstream(path, { headers })
    if (!answer.ok) throw Object.assign(new Error(path), { answer })
    return answer.json()
  }
  async function allDrafts(headers, failed) {
    const { content } = await json(`/api/v1/content?limit=100${failed ? '&state=failed' : ''}`, headers)
    const all = content.map(withChanges)
    for (let i = 0; !failed && content.length && all.length < many; i++) {
      const source = content[i % content.length]
      const id = `${String(i).padStart(8, '0')}${source.id.slice(8)}`
      all.push(withChanges({ ...source, id, core_idea: { ...source.core_idea, title: `${source.core_idea.title} (${i})` } }))
    }
    return all.filter((draft) => !draft.deleted)
  }
  async function draftOf(id, headers) {
    return (await allDrafts(headers)).find((draft) => draft.id === id) ?? withChanges(await json(`/api/v1/content/${id}`, headers))
  }
  async function check(draft, text, headers) {
    const answer = await upstream(`/api/v1/platforms/${draft.platform}/check`, {
      method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify({ content_text: text }),
    })
    return answer.ok ? answer.json() : null
  }
  const move = (response, draft, state) => {
    if (!TRANSITIONS[draft.state]?.includes(state)) {
      problem(response, 409, 'Not possible', `From ${draft.state} only ${TRANSITIONS[draft.state]?.join(', ')} can follow.`)
      return false
    }
    change(draft.id, { state })
    return true
  }

  return async function overlay(method, url, headers, body, response) {
    const path = url.pathname.replace('/api/v1/', '')
    const [noun, id, verb] = path.split('/')
    const params = url.searchParams

    if (path === 'auth/login') {
      const answer = await upstream(url.pathname, { method, headers, body: JSON.stringify(body) })
      const said = await answer.json()
      if (answer.ok) tokens = said
      return send(response, answer.status, said, answer.ok ? { 'Set-Cookie': 'refresh=1; HttpOnly; SameSite=Strict; Path=/api/v1/auth' } : {})
    }
    if (path === 'auth/refresh') {
      return headers.cookie?.includes('refresh=1') && tokens ? send(response, 200, tokens) : problem(response, 401, 'Sign in first', 'no refresh token')
    }
    if (path === 'auth/logout') return send(response, 204, null, { 'Set-Cookie': 'refresh=; Max-Age=0; Path=/api/v1/auth' })
    if (path === 'events') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
      response.write(': hello\n\n')
      listeners.add(response)
      const seen = new Set((await allDrafts(headers)).map(({ id }) => id))
      const timer = setInterval(async () => {
        const now = await allDrafts(headers).catch(() => [])
        const fresh = now.filter((draft) => !seen.has(draft.id))
        for (const draft of fresh) seen.add(draft.id)
        if (fresh.length) emit('content.generated', { id: fresh[0].id })
        else emit('workflow.progress', {})
      }, 700)
      response.on('close', () => { clearInterval(timer); listeners.delete(response) })
      return true
    }
    if (path === 'platforms') return send(response, 200, { ...(await json(url.pathname, headers)), transitions: TRANSITIONS })
    if (path === 'notifications') return send(response, 200, { notifications, total: notifications.length, next: null })
    if (noun === 'notifications' && verb === 'read') {
      for (const one of notifications) if (one.id === id) one.read_at = new Date().toISOString()
      return send(response, 204, null)
    }
    if (path === 'audit') return send(response, 200, { audit, total: audit.length, next: null })

    if (path === 'content' && method === 'GET') {
      const state = params.get('state')
      let rows = await allDrafts(headers, state === 'failed')
      if (state) rows = rows.filter((draft) => draft.state === state)
      if (params.get('platform')) rows = rows.filter((draft) => draft.platform === params.get('platform'))
      if (params.get('idea_id')) rows = rows.filter((draft) => draft.core_idea.id === params.get('idea_id'))
      if (params.get('workflow_id')) rows = rows.filter((draft) => draft.workflow_id === params.get('workflow_id'))
      if (params.get('topic')) rows = rows.filter((draft) => draft.core_idea.topic_category?.toLowerCase() === params.get('topic').toLowerCase())
      if (params.get('q')) rows = rows.filter((draft) => `${draft.core_idea.title} ${draft.content_text}`.toLowerCase().includes(params.get('q').toLowerCase()))
      const from = Number(params.get('cursor') ?? 0)
      const to = from + Number(params.get('limit') ?? 20)
      return send(response, 200, { content: rows.slice(from, to), total: rows.length, next: to < rows.length ? `/api/v1/content?cursor=${to}` : null })
    }
    if (path === 'content/state' && method === 'POST') {
      const results = []
      for (const one of body.ids) {
        const draft = await draftOf(one, headers)
        const able = TRANSITIONS[draft.state]?.includes(body.state)
        if (able) change(one, { state: body.state })
        results.push({ id: one, state: able ? body.state : null, error: able ? null : { title: 'Not possible', detail: `From ${draft.state} a draft can’t become ${body.state}.` } })
      }
      return send(response, 200, { results })
    }
    if (noun !== 'content' || !id) return false
    const draft = await draftOf(id, headers)
    const history = revisions.get(id) ?? [{ revision: 1, source: 'ai', generation: 1, content_text: draft.original_version, created_at: draft.created_at }]
    revisions.set(id, history)

    if (method === 'GET' && !verb) return send(response, 200, draft, { ETag: etag(draft) })
    if (method === 'PUT' && !verb) {
      if (draft.state === 'published') return problem(response, 409, 'Published', 'A published draft can’t be edited.')
      if (headers['if-match'] && headers['if-match'] !== etag(draft)) return problem(response, 412, 'Changed meanwhile', 'Another version was saved.')
      const checks = await check(draft, body.content_text, headers)
      change(id, { content_text: body.content_text, edited_version: body.content_text, state: 'edited', checks, metadata: checks?.metadata })
      history.push({ revision: history.length + 1, source: 'person', generation: null, content_text: body.content_text, created_at: new Date().toISOString() })
      const saved = await draftOf(id, headers)
      return send(response, 200, saved, { ETag: etag(saved) })
    }
    if (method === 'PATCH' && verb === 'state') return move(response, draft, body.state) ? send(response, 200, { id, state: body.state, updated_at: new Date().toISOString() }) : true
    if (method === 'DELETE') { change(id, { deleted: true }); return send(response, 204, null) }
    if (verb === 'revisions') return send(response, 200, { revisions: history })
    if (verb === 'revert') {
      const one = history.find(({ revision }) => revision === body.revision)
      const checks = await check(draft, one.content_text, headers)
      change(id, { content_text: one.content_text, edited_version: one.source === 'ai' ? null : one.content_text, state: one.source === 'ai' ? 'generated' : 'edited', checks })
      return send(response, 200, await draftOf(id, headers))
    }
    if (verb === 'regenerate') {
      setTimeout(() => {
        history.push({ revision: history.length + 1, source: 'ai', generation: 2, content_text: `${draft.original_version}\n\nWhat would you do?`, created_at: new Date().toISOString(), instruction: body.instruction })
        emit('content.generated', { id })
      }, 1500)
      return send(response, 202, { content_id: id, generation: 2 })
    }
    return false
  }
}
