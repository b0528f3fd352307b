import type { SVGProps } from 'react'

const PATHS = {
  today: 'M4 5.5h12M4 10h12M4 14.500h7',
  pipeline: 'M3.5 4.500h3v11h-3zM8.5 4.500h3v7h-3zM13.5 4.500h3v9h-3z',
  runs: 'M10 3.500a6.5 6.5 0 1 0 6.5 6.500M10 6.500V10l2.5 1.500M13 3.500h3.500V7',
  activity: 'M3 10.500h3l2-5.5 4 10 2-4.500h3',
  settings: 'M3.5 6h6M13.5 6h3M3.5 14h3M10.5 14h6M9.5 6a2 2 0 1 0 4 0 2 2 0 1 0-4 0M6.5 14a2 2 0 1 0 4 0 2 2 0 1 0-4 0',
  bell: 'M5 13.500V9a5 5 0 0 1 10 0v4.500l1.5 1h-13zM8.5 17h3',
  sun: 'M10 6.500a3.5 3.5 0 1 0 0 7 3.5 3.5 0 1 0 0-7M10 2.500v1.500M10 16v1.500M2.5 10H4M16 10h1.500M4.7 4.700l1 1M14.3 14.300l1 1M4.7 15.300l1-1M14.3 5.700l1-1',
  moon: 'M16 12a6.5 6.5 0 0 1-8-8 6.5 6.5 0 1 0 8 8z',
  system: 'M3 4.500h14v9H3zM7.5 17h5M10 13.500V17',
  play: 'M6.5 4.500l9 5.5-9 5.500z',
  plus: 'M10 4v12M4 10h12',
  search: 'M9 3.500a5.5 5.5 0 1 0 0 11 5.5 5.5 0 1 0 0-11M13 13l3.5 3.5',
  close: 'M5 5l10 10M15 5L5 15',
  check: 'M4.5 10.500l3.5 3.5 7.5-8',
  copy: 'M7.5 7.500h8.500V16H7.500zM4 12.500V4h8.5',
  external: 'M8 4.500H4.500v11h11V12M11.5 4.500h4v4M15.5 4.500L9 11',
  download: 'M10 3.500v9M6.5 9l3.5 3.500L13.5 9M4 16.500h12',
  back: 'M12 4.500L6.5 10l5.5 5.5',
  next: 'M8 4.500l5.5 5.500L8 15.5',
  list: 'M7.5 5.500H17M7.5 10H17M7.5 14.500H17M3.5 5.500h1M3.5 10h1M3.5 14.500h1',
  board: 'M3.5 4h3.500v12H3.500zM8.5 4h3.500v7H8.500zM13.5 4H17v9.500h-3.500z',
  history: 'M4 10a6 6 0 1 1 2 4.500M4 6.500V10h3.500M10 7v3.500l2.5 1.5',
  spark: 'M10 3l1.6 5.400L17 10l-5.4 1.600L10 17l-1.6-5.400L3 10l5.4-1.600z',
  trash: 'M4 6h12M8 6V4h4v2M5.5 6l.7 10.500h7.600L14.5 6',
  retry: 'M15.5 8A6 6 0 1 0 16 11.500M16 4v4h-4',
  phone: 'M6.5 3h7v14h-7zM9 14.800h2',
  desktop: 'M3 4.500h14v9H3zM7.5 17h5',
  grip: 'M7.5 5v.01M12.5 5v.01M7.5 10v.01M12.5 10v.01M7.5 15v.01M12.5 15v.01',
  offline: 'M3.5 3.500l13 13M6 10a6 6 0 0 1 2.2-1.500M3 7a10 10 0 0 1 3-2M11 8.200a6 6 0 0 1 3 1.800M9.5 4.100A10 10 0 0 1 17 7M8 13a3 3 0 0 1 3.200-.6M10 16v.01',
  flag: 'M5 17V3.500M5 4.500c3-1.500 5 1.500 10 0v7c-5 1.500-7-1.500-10 0',
  pencil: 'M4 16l.8-3.500L13 4.300l2.7 2.7-8.2 8.200z',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name, ...rest }: { name: IconName } & SVGProps<SVGSVGElement>) {
  return (
    <svg
      viewBox="0 0 20 20"
      width="1.25em"
      height="1.25em"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      {...rest}
    >
      <path d={PATHS[name]} />
    </svg>
  )
}

/** One idea, every channel. */
export function Emblem(props: SVGProps<SVGSVGElement>) {
  return (
    <svg viewBox="0 0 24 24" width="1em" height="1em" fill="none" aria-hidden="true" {...props}>
      <g stroke="currentColor" strokeWidth="2" strokeLinecap="round">
        <path d="M5 12h16M5 12c6 0 6-7 16-7M5 12c6 0 6 7 16 7" />
      </g>
      <circle cx="4.5" cy="12" r="3.5" fill="var(--color-mark)" stroke="currentColor" strokeWidth="2" />
    </svg>
  )
}
