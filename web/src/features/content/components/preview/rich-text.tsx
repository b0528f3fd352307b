import { Fragment } from 'react'

const LIVELY = /(https?:\/\/\S+|[#@][\p{L}\p{N}_]+)/gu

/** Text as networks show it: addresses, tags and names in the accent. */
export function RichText({ text }: { text: string }) {
  return text.split(LIVELY).map((piece, index) =>
    index % 2 ? (
      <span key={index} className="accent-text">
        {piece}
      </span>
    ) : (
      <Fragment key={index}>{piece}</Fragment>
    ),
  )
}
