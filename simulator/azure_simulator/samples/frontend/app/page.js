import Status from "./status";

export default function Page() {
  return (
    <main>
      <h1>Codex Dominion</h1>
      <p>What the API says of itself, asked by this browser:</p>
      <Status />
    </main>
  );
}
