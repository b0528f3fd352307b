import { Dialog } from '@/components/dialog'
import { Kbd } from '@/components/page'
import { useOfferedShortcuts } from '@/lib/shortcuts'

export default function ShortcutHelp({ onClose }: { onClose: () => void }) {
  const scopes = useOfferedShortcuts()
  return (
    <Dialog title="Keys" onClose={onClose}>
      <p className="text-soft">A day’s drafts can be reviewed without a mouse. These work right here:</p>
      {[...scopes].reverse().map(({ name, shortcuts }) => (
        <section key={name} className="mt-5">
          <h3 className="text-note font-semibold text-faint">{name}</h3>
          <dl className="mt-2 grid gap-x-6 gap-y-2 sm:grid-cols-2">
            {Object.entries(shortcuts).map(([key, { label }]) => (
              <div key={key} className="flex items-center justify-between gap-4">
                <dt>{label}</dt>
                <dd>
                  <Kbd>{key}</Kbd>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <p className="mt-5 text-note text-faint">
        <Kbd>Ctrl K</Kbd> or <Kbd>⌘K</Kbd> opens search and commands from anywhere, also while you type.
      </p>
    </Dialog>
  )
}
