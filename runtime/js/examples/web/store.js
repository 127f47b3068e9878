// Where the browser keeps what one device remembers: one record in IndexedDB.

const TABLE = "devices";
const KEY = "this";

/**
 * A record that tabs share. `change` is one transaction: it loads what is stored now, changes it and
 * puts it back, so that no tab undoes what another has just recorded.
 */
export class IndexedStore {
  /** @returns {Promise<IndexedStore>} rejected where the browser keeps nothing */
  static open(name) {
    return new Promise((done, failed) => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
      request.onsuccess = () => done(new IndexedStore(request.result));
      request.onerror = () => failed(request.error);
    });
  }

  constructor(database) {
    this._database = database;
    // Another tab wants to delete it, or has a newer page.
    database.onversionchange = () => database.close();
  }

  /**
   * Puts what `work` makes of the record in its place.
   * @template T
   * @param {(record: T | undefined) => T} work called at once with what is stored: it may not wait
   * @returns {Promise<T>} the new record, when it is stored
   */
  change(work) {
    return new Promise((done, failed) => {
      const transaction = this._database.transaction(TABLE, "readwrite");
      const table = transaction.objectStore(TABLE);
      const found = table.get(KEY);
      let made;
      let wrong = null;
      found.onsuccess = () => {
        try {
          made = work(found.result);
          table.put(made, KEY);
        } catch (error) {
          wrong = error;
          transaction.abort();
        }
      };
      transaction.oncomplete = () => done(made);
      transaction.onabort = () => failed(wrong || transaction.error);
    });
  }
}

/** For a browser that keeps nothing: gone with the page. */
export class MemoryStore {
  async change(work) {
    return (this._record = work(this._record));
  }
}
