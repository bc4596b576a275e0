import { open, type FileHandle } from 'node:fs/promises';

/** One line of JSON for each row or object of the file that was sent, in its order. */
export class AnswerFile {
  private constructor(private readonly file: FileHandle) {}

  static async open(path: string): Promise<AnswerFile> {
    return new AnswerFile(await open(path, 'w'));
  }

  async write(answers: readonly object[]): Promise<void> {
    await this.file.appendFile(answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
