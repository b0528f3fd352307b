import { useId, useState, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes } from 'react'
import { classes } from '@/lib/classes'

const CONTROL =
  'w-full rounded-md border border-edge bg-surface px-3 text-body text-ink placeholder:text-faint ' +
  'hover:border-ink aria-invalid:border-bad disabled:opacity-60'

interface Labelled {
  label: string
  hint?: ReactNode
  error?: string
  /** The label is for screen readers only. */
  bare?: boolean
}

interface ControlProps {
  id: string
  'aria-invalid': true | undefined
  'aria-describedby': string | undefined
}

function Field({
  label,
  hint,
  error,
  bare,
  className,
  children,
}: Labelled & { className?: string; children: (props: ControlProps) => ReactNode }) {
  const id = useId()
  const note = error ?? hint
  return (
    <div className={className}>
      <label htmlFor={id} className={bare ? 'sr-only' : 'mb-1.5 block text-note font-semibold'}>
        {label}
      </label>
      {children({
        id,
        'aria-invalid': error ? true : undefined,
        'aria-describedby': note ? `${id}-note` : undefined,
      })}
      {note && (
        <p id={`${id}-note`} className={classes('mt-1.5 text-note', error ? 'text-bad' : 'text-faint')}>
          {note}
        </p>
      )}
    </div>
  )
}

export function TextField({
  label,
  hint,
  error,
  bare,
  className,
  ...rest
}: Labelled & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Field {...{ label, hint, error, bare, className }}>
      {(control) => <input className={`${CONTROL} h-10`} {...rest} {...control} />}
    </Field>
  )
}

export function TextArea({
  label,
  hint,
  error,
  bare,
  className,
  ...rest
}: Labelled & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <Field {...{ label, hint, error, bare, className }}>
      {(control) => <textarea className={`${CONTROL} field-sizing-content min-h-20 py-2`} {...rest} {...control} />}
    </Field>
  )
}

export function Select({
  label,
  hint,
  error,
  bare,
  className,
  ...rest
}: Labelled & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Field {...{ label, hint, error, bare, className }}>
      {(control) => <select className={`${CONTROL} h-10 pr-8`} {...rest} {...control} />}
    </Field>
  )
}

/** A check box that shows its new state at once, while what it stands for is still on its way to the server. */
export function TickBox({
  checked,
  onTick,
  ...rest
}: { checked: boolean; onTick: (checked: boolean) => void } & InputHTMLAttributes<HTMLInputElement>) {
  const [told, setTold] = useState<boolean | null>(null)
  const [before, setBefore] = useState(checked)
  if (before !== checked) {
    setBefore(checked)
    setTold(null)
  }
  return (
    <input
      type="checkbox"
      checked={told ?? checked}
      onChange={(event) => {
        setTold(event.target.checked)
        onTick(event.target.checked)
      }}
      {...rest}
    />
  )
}

/** Yes or no, with what it means. */
export function Check({
  label,
  hint,
  ...rest
}: { label: string; hint?: ReactNode; checked: boolean; onTick: (checked: boolean) => void }) {
  const id = useId()
  return (
    <div className="grid grid-cols-[auto_1fr] gap-x-3">
      <TickBox id={id} aria-describedby={hint ? `${id}-note` : undefined} className="mt-1 size-4" {...rest} />
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {hint && (
        <p id={`${id}-note`} className="col-start-2 text-note text-faint">
          {hint}
        </p>
      )}
    </div>
  )
}

/** Any number of a few. */
export function Choices({
  legend,
  hint,
  options,
  chosen,
  onChange,
}: {
  legend: string
  hint?: string
  options: readonly { value: string; label: string }[]
  chosen: readonly string[]
  onChange: (chosen: string[]) => void
}) {
  return (
    <fieldset>
      <legend className="mb-1.5 text-note font-semibold">{legend}</legend>
      <div className="flex flex-wrap gap-2">
        {options.map(({ value, label }) => (
          <label
            key={value}
            className="inline-flex h-9 items-center gap-2 rounded-md border border-edge/60 bg-surface px-3 text-note font-medium hover:border-ink has-checked:border-ink has-checked:bg-wash has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus"
          >
            <input
              type="checkbox"
              className="size-4 outline-none"
              checked={chosen.includes(value)}
              onChange={(event) =>
                onChange(event.target.checked ? [...chosen, value] : chosen.filter((other) => other !== value))
              }
            />
            {label}
          </label>
        ))}
      </div>
      {hint && <p className="mt-1.5 text-note text-faint">{hint}</p>}
    </fieldset>
  )
}
