-- title: Took part in Write for Rights 2013
-- reason: They wrote, signed or tweeted for somebody in December 2013, so they are owed the result.

SELECT supporter_id
  FROM actions
 WHERE campaign = 'write-for-rights-2013';
