// Where the browser keeps what one device remembers: one record in IndexedDB.

const TABLE = "devices";
const KEY = "this";

/**
 * A record that tabs share. `change` is one transaction: it loads what is stored now, changes it and
 * puts it back, so that no tab undoes what another has just recorded. A browser that keeps nothing
 * (a private window, no room, erased data) takes nothing from the page: the record is then the
 * page's own, and every change tries to store it again.
 */
export class Store {
  constructor(name) {
    this._name = name;
    this._database = null;
    this._record = undefined;
    /** Whether the newest record is stored. */
    this.isKept = true;
  }

  /**
   * Puts what `work` makes of the record in its place.
   * @template T
   * @param {(record: T | undefined) => T} work called at once with what is stored: it may not wait.
   *   Called again when the browser did not keep what it made
   * @returns {Promise<T>} the new record, when it is stored, or will not be
   */
  async change(work) {
    let own = null;
    const attempt = (stored) => {
      try {
        // What could not be stored is newer than what is.
        return work(this.isKept ? stored : this._record);
      } catch (error) {
        own = error;
        throw error;
      }
    };
    try {
      this._record = await this._transact(attempt);
      this.isKept = true;
    } catch {
      if (own) throw own;
      this._record = work(this._record);
      this.isKept = false;
    }
    return this._record;
  }

  async _transact(work) {
    const database = this._database || (this._database = await this._open());
    return new Promise((done, failed) => {
      const transaction = database.transaction(TABLE, "readwrite");
      const table = transaction.objectStore(TABLE);
      const found = table.get(KEY);
      let made;
      found.onsuccess = () => {
        try {
          made = work(found.result);
          table.put(made, KEY);
        } catch {
          transaction.abort();
        }
      };
      transaction.oncomplete = () => done(made);
      transaction.onabort = () => failed(transaction.error);
    });
  }

  _open() {
    return new Promise((done, failed) => {
      const request = indexedDB.open(this._name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
      request.onsuccess = () => {
        const database = request.result;
        const lost = () => (this._database = null);
        // The person, or another tab, has it deleted.
        database.onversionchange = () => (database.close(), lost());
        database.onclose = lost;
        done(database);
      };
      request.onerror = () => failed(request.error);
    });
  }
}
