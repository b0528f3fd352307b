import { LegalDocument } from './document'

export default function Privacy() {
  return (
    <LegalDocument title="Privacy">
      <p>This page says what this installation of Polycast stores, why, and for how long. Whoever runs it answers for it.</p>
      <h2>What is stored</h2>
      <ul>
        <li>Your e-mail address and a hash of your password, to sign you in.</li>
        <li>Your topics, audience, voice and samples, to write in your name.</li>
        <li>Ideas, drafts, their versions and states: the work itself.</li>
        <li>A log of sign-ins, refusals and changes with address and browser, for 90 days, to find misuse.</li>
      </ul>
      <h2>Who else sees it</h2>
      <p>
        Ideas and preferences are sent to the language model that the operator has connected, to have drafts written.
        Without one, a writer on this machine is used and nothing leaves it. Nothing is sent to any social network:
        publishing is always your own step. There is no tracking and no advertising.
      </p>
      <h2>In this browser</h2>
      <p>
        A cookie that no script can read keeps you signed in. Another tells this browser from a stranger’s for half a
        year, so that whoever guesses at your password can’t lock you out. The chosen appearance is remembered on this device, and
        text that isn’t saved yet in this tab. Signing out removes the text.
      </p>
      <h2>Your rights</h2>
      <p>
        In Settings you can export everything as an archive and delete the account. Deleting erases your rows from every
        part of the system, from the event stream and from what is kept for repair.
      </p>
    </LegalDocument>
  )
}
