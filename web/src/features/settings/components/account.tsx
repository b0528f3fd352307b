import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { ErrorNote } from '@/components/feedback'
import { TextField } from '@/components/field'
import { toast } from '@/components/toast'
import { commands } from '@/lib/api/commands'
import { explain } from '@/lib/api/problem'
import { accountQuery } from '@/lib/api/queries'
import { session } from '@/lib/api/session'
import { download } from '@/lib/clipboard'
import { forgetAllUnsaved } from '@/lib/unsaved'

const say = (error: unknown) =>
  toast({ text: explain(error).detail, tone: 'bad' })

export function AccountSettings() {
  const { data: account } = useQuery(accountQuery)
  const [isDeleting, setDeleting] = useState(false)
  const exporting = useMutation({
    mutationFn: commands.exportAccount,
    onSuccess: (archive) => download('polycast-export.zip', archive),
    onError: say,
  })
  return (
    <div className="grid gap-8">
      <p>
        Signed in as <strong>{account?.email}</strong>
      </p>
      <PasswordForm />
      <div className="flex flex-wrap gap-2.5">
        <Button icon="download" disabled={exporting.isPending} onClick={() => exporting.mutate()}>
          {exporting.isPending ? 'Packing…' : 'Export everything'}
        </Button>
        <Button look="danger" icon="trash" onClick={() => setDeleting(true)}>
          Delete the account
        </Button>
      </div>
      {isDeleting && <DeleteDialog onClose={() => setDeleting(false)} />}
    </div>
  )
}

function PasswordForm() {
  const { mutate, isPending } = useMutation({
    mutationFn: commands.changePassword,
    onSuccess: ({ access_token }) => {
      session.begin(access_token)
      toast({ text: 'Password changed. Other sessions have ended.' })
    },
    onError: say,
  })
  return (
    <form
      className="grid items-end gap-4 sm:grid-cols-[1fr_1fr_auto]"
      onSubmit={(event) => {
        event.preventDefault()
        const form = new FormData(event.currentTarget)
        mutate({ current_password: form.get('current') as string, new_password: form.get('next') as string })
      }}
    >
      <TextField label="Current password" name="current" type="password" autoComplete="current-password" required />
      <TextField label="New password" name="next" type="password" autoComplete="new-password" minLength={8} required />
      <Button type="submit" disabled={isPending}>
        Change
      </Button>
    </form>
  )
}

function DeleteDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const { mutate, isPending, error } = useMutation({
    mutationFn: commands.deleteAccount,
    onSuccess: () => {
      session.end()
      client.clear()
      forgetAllUnsaved()
    },
  })
  return (
    <Dialog title="Delete the account" onClose={onClose}>
      <form
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault()
          mutate(new FormData(event.currentTarget).get('password') as string)
        }}
      >
        <p className="text-soft">
          Every draft, idea, setting and trace of your account is erased, in every part of the system. This can’t be
          undone. Export first what you want to keep.
        </p>
        <TextField label="Your password" name="password" type="password" autoComplete="current-password" required />
        {error && <ErrorNote error={error} />}
        <div className="flex justify-end gap-2.5">
          <Button onClick={onClose}>Keep it</Button>
          <Button type="submit" look="danger" disabled={isPending}>
            Delete for ever
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
