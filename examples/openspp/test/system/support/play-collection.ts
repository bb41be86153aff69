import newman from 'newman';

/** What came of one request of a collection. */
export interface PlayedRequest {
  readonly name: string;
  readonly status: number;
  readonly text: string;
}

/**
 * Plays a Postman collection with Postman's own runtime, in its order, its scripts run.
 *
 * @throws Error when the collection cannot be read
 */
export async function playCollection(
  collection: object,
  variables: Readonly<Record<string, string>>,
): Promise<{ readonly requests: readonly PlayedRequest[]; readonly failures: readonly string[] }> {
  const { promise, resolve, reject } = Promise.withResolvers<newman.NewmanRunSummary>();
  const envVar = Object.entries(variables).map(([key, value]) => ({ key, value }));
  newman.run({ collection, envVar, reporters: [] }, (error, summary) => (error ? reject(error) : resolve(summary)));
  const { run } = await promise;
  return {
    requests: run.executions.map(({ item, response }) => ({
      name: item.name,
      status: response?.code ?? 0,
      text: response?.text() ?? '',
    })),
    failures: run.failures.map(({ error }) => error.message),
  };
}
