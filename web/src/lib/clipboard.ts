import { toast } from '@/components/toast'

export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    toast({ text: `${what} copied` })
  } catch {
    toast({ text: 'The browser refused the clipboard. Select the text and copy it by hand.', tone: 'bad' })
  }
}

export function download(name: string, content: Blob): void {
  const address = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}
