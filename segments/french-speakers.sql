-- title: Asked for French
-- reason: For messages that exist in French alone. Who never said a language is not among them.

SELECT supporter_id
  FROM supporters
 WHERE language = 'fr'
    OR language LIKE 'fr-%';
