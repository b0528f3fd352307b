import { useEffect, useRef, useState } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { countWords } from '@/lib/text'

const SLOWEST = 80
const FASTEST = 240

const KEY = 'polycast.pace'

function ownPace(): number | null {
  try {
    return Number(localStorage.getItem(KEY)) || null
  } catch {
    return null
  }
}

function keepPace(wordsAMinute: number): void {
  try {
    localStorage.setItem(KEY, String(wordsAMinute))
  } catch {
    // Storage is blocked: the pace holds until the page is closed.
  }
}

/** Reads along at one's own pace: the word that is due stands out, and the text follows it. */
export function Teleprompter({ text, pace, onClose }: { text: string; pace: number; onClose: () => void }) {
  const [wordsAMinute, setWordsAMinute] = useState(() => ownPace() ?? pace)
  const [isRunning, setRunning] = useState(false)
  const [word, setWord] = useState(0)
  const total = countWords(text)
  const here = useRef<HTMLSpanElement>(null)
  const isRolling = isRunning && word < total

  useEffect(() => {
    if (!isRolling) return
    const timer = setInterval(() => setWord((now) => now + 1), 60_000 / wordsAMinute)
    return () => clearInterval(timer)
  }, [isRolling, wordsAMinute])

  useEffect(() => here.current?.scrollIntoView({ block: 'center', behavior: 'smooth' }), [word])

  const startOrPause = () => {
    if (word >= total) setWord(0)
    setRunning(!isRolling)
  }

  let seen = 0
  return (
    <Dialog title="Teleprompter" wide onClose={onClose}>
      <div className="max-h-[55dvh] overflow-y-auto rounded-md bg-[#0b0d0e] px-6 py-[18dvh] text-[clamp(1.75rem,4vw,2.75rem)] leading-snug font-medium text-[#b9bdba]">
        {text.split(/(\s+)/).map((piece, index) => {
          if (!piece.trim()) return piece.includes('\n') ? <br key={index} /> : ' '
          const mine = seen++
          const isHere = mine === word
          return (
            <span key={index} ref={isHere ? here : undefined} className={isHere ? 'text-mark' : mine < word ? 'opacity-60' : 'text-[#f1f1ec]'}>
              {piece}
            </span>
          )
        })}
      </div>
      <div className="mt-5 flex flex-wrap items-center gap-4">
        <Button look="primary" icon="play" onClick={startOrPause}>
          {isRolling ? 'Pause' : word >= total ? 'Again' : word > 0 ? 'Go on' : 'Start'}
        </Button>
        <label className="flex flex-1 items-center gap-3 text-note">
          <span className="figures w-36 whitespace-nowrap">{wordsAMinute} words a minute</span>
          <input
            type="range"
            min={SLOWEST}
            max={FASTEST}
            step={5}
            value={wordsAMinute}
            onChange={(event) => {
              setWordsAMinute(event.target.valueAsNumber)
              keepPace(event.target.valueAsNumber)
            }}
            className="min-w-32 flex-1"
          />
        </label>
        <Button look="quiet" onClick={() => setWord(0)}>
          From the top
        </Button>
      </div>
    </Dialog>
  )
}
