"use client";

import { useEffect, useState } from "react";

import { API, look } from "./api";

function Row({ name, id, children }) {
  return (
    <tr>
      <th scope="row" style={{ textAlign: "left", paddingRight: "2rem" }}>
        {name}
      </th>
      <td id={id}>{children}</td>
    </tr>
  );
}

export default function Status() {
  const [found, setFound] = useState({ state: "asking" });

  useEffect(() => {
    look().then(
      (answer) => setFound({ state: answer.health.status, ...answer }),
      (error) => setFound({ state: "unreachable", why: error.message }),
    );
  }, []);

  return (
    <table>
      <tbody>
        <Row name="API" id="api">
          {API || "no address: set NEXT_PUBLIC_API_URL when building"}
        </Row>
        <Row name="State" id="state">
          {found.state}
        </Row>
        {found.version && (
          <Row name="Version" id="version">
            {found.version}
          </Row>
        )}
        {found.health?.database && (
          <Row name="Database" id="database">
            {JSON.stringify(found.health.database)}
          </Row>
        )}
        {found.health?.cache && (
          <Row name="Cache" id="cache">
            {JSON.stringify(found.health.cache)}
          </Row>
        )}
        {found.why && (
          <Row name="Reason" id="reason">
            {found.why}
          </Row>
        )}
      </tbody>
    </table>
  );
}
