/** The answer, or an error when it has not come after so many milliseconds; what was begun goes on, unheard. */
export async function within<Answer>(
  ms: number,
  asked: Promise<Answer>,
  onLate: () => void = () => undefined,
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      onLate();
      reject(new Error(`There was no answer within ${ms} ms.`));
    }, ms);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
