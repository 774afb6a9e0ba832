/* The rules of onetree/locks/core.py, for Spin: AGENTS that ask for some of RESOURCES, and a clock that nobody rules.

   A step of an engine is one d_step here. Checked after each of them:
     - no two incompatible holds, and all or nothing of what one request names;
     - nobody is granted what somebody before it in the queue waits for;
     - who asks for write with intent_write in hand never waits for another's intent_write; nobody waits in a circle;
     - fences of a resource strictly increase; a write that the guard lets pass meets nobody else's hold;
     - every wait ends (ltl, with -DLIVE), whatever the holders do.
   What the rules do about each of these is taken out by -DBUG_NAME, and then Spin must find it: models/check.py.

   Left out: names of resources that cover each other, several claims of one owner on one resource, who has died
   (it is as an expiry), and the numbers of time: all leases, waits and promotions are a few ticks. */

#ifndef AGENTS
#define AGENTS 3
#endif
#ifndef RESOURCES
#define RESOURCES 1
#endif
#ifndef ASKS
#define ASKS 2      /* requests of each agent: the ids, and so the states, stay finite */
#endif
#define TTL 2       /* ticks */
#define PATIENCE 2
#define AGEING 1

#define READ 1
#define INTENT 2
#define WRITE 3
#define UPGRADE 0   /* ranks: before all others */
#define HIGH 1
#define NORMAL 2

#ifdef BUG_COMPATIBLE
#define conflict(x, y) ((x) && (y) && ((x) == WRITE && (y) != READ || (y) == WRITE && (x) != READ))
#else
#define conflict(x, y) ((x) && (y) && ((x) == WRITE || (y) == WRITE))
#endif
#define incompatible(x, y) ((x) && (y) && ((x) == WRITE || (y) == WRITE))  /* the same, for the assertions alone */
#define waits(a) (agent[a].mode != 0)
#define before(a, b) (agent[a].rank < agent[b].rank || agent[a].rank == agent[b].rank && agent[a].id < agent[b].id)

typedef Agent {
  byte held[RESOURCES];    /* mode, 0 for none */
  byte lease;              /* ticks until all that it holds ends */
  byte mode;               /* what it waits for; 0: it does not wait */
  bool want[RESOURCES];
  byte rank; byte id;      /* its place in the queue */
  byte patience; byte age; /* ticks until it gives up, until it is promoted */
  bool sure[RESOURCES];    /* it was granted write, and nothing has told it of a loss */
  byte asked
};
typedef Row { byte to[AGENTS] };

Agent agent[AGENTS];
byte last;                 /* the last number given out */
byte top[RESOURCES];       /* the highest fence of a resource */

hidden byte i, j, k, r, who, m, p, w;
hidden byte yes, again, some;
hidden Row edge[AGENTS];

inline leave(a) {          /* the queue */
  agent[a].mode = 0; agent[a].rank = 0; agent[a].id = 0; agent[a].patience = 0; agent[a].age = 0;
  for (r : 0 .. RESOURCES - 1) { agent[a].want[r] = false }
}

inline let_go(a) {
  for (r : 0 .. RESOURCES - 1) { agent[a].held[r] = 0 }
  agent[a].lease = 0
}

inline in_the_way(a, b) {  /* yes: b is in the way of the waiting a */
  yes = false;
  for (r : 0 .. RESOURCES - 1) {
    if
    :: a != b && agent[a].want[r] && conflict(agent[a].mode, agent[b].held[r]) -> yes = true
#ifndef BUG_OVERTAKE
    :: a != b && agent[a].want[r] && waits(b) && agent[b].want[r] && before(b, a) &&
       conflict(agent[a].mode, agent[b].mode) -> yes = true
#endif
    :: else
    fi
  }
}

inline granted(a) {
#ifndef BUG_FENCE
  last++;
#endif
  for (r : 0 .. RESOURCES - 1) {
    if
    :: agent[a].want[r] ->
       for (k : 0 .. AGENTS - 1) {
         assert(!(k != a && waits(k) && agent[k].want[r] && before(k, a) && incompatible(agent[a].mode, agent[k].mode)))
       }
       assert(last > top[r]);
       top[r] = last;
       agent[a].held[r] = agent[a].mode;
       agent[a].sure[r] = agent[a].mode == WRITE
    :: else
    fi
  }
  agent[a].lease = TTL;
  leave(a)
}

inline grant() {
  again = true;
  do
  :: again ->
     again = false;
     for (i : 0 .. AGENTS - 1) {
       if
       :: waits(i) ->
          some = false;
          for (j : 0 .. AGENTS - 1) { in_the_way(i, j); some = some || yes }
#ifdef BUG_PARTIAL
          if
          :: some ->       /* what is free of it is taken already */
             for (r : 0 .. RESOURCES - 1) {
               yes = agent[i].want[r];
               for (j : 0 .. AGENTS - 1) {
                 yes = yes && !(j != i && (conflict(agent[i].mode, agent[j].held[r]) || agent[j].want[r]))
               }
               if :: yes -> agent[i].held[r] = agent[i].mode; agent[i].lease = TTL :: else fi
             }
          :: else
          fi;
#endif
          if :: !some -> granted(i); again = true :: else fi
       :: else
       fi
     }
  :: else -> break
  od
}

inline reach() {           /* edge: who waits for whom, also by way of others */
  for (i : 0 .. AGENTS - 1) {
    for (j : 0 .. AGENTS - 1) {
      yes = false;
      if :: waits(i) -> in_the_way(i, j) :: else fi;
      edge[i].to[j] = yes
    }
  }
  for (k : 0 .. AGENTS - 1) {
    for (i : 0 .. AGENTS - 1) {
      for (j : 0 .. AGENTS - 1) { edge[i].to[j] = edge[i].to[j] || (edge[i].to[k] && edge[k].to[j]) }
    }
  }
}

inline settle() {
  for (i : 0 .. AGENTS - 1) {  /* an upgrade whose intent has ended is none */
    yes = waits(i) && agent[i].rank == UPGRADE;
    some = false;
    for (r : 0 .. RESOURCES - 1) { some = some || (agent[i].want[r] && agent[i].held[r] != INTENT) }
    if :: yes && some -> leave(i) :: else fi
  }
  grant();
#ifndef BUG_CIRCLE
  do
  :: reach();
     who = AGENTS;
     for (i : 0 .. AGENTS - 1) {
       if
       :: edge[i].to[i] && (who == AGENTS || agent[i].id > agent[who].id) -> who = i
       :: else
       fi
     }
     if :: who < AGENTS -> leave(who); grant() :: else -> break fi
  od;
#endif
  holds()
}

inline holds() {           /* what must be true after each step */
  for (i : 0 .. AGENTS - 1) {
    for (j : 0 .. AGENTS - 1) {
      for (r : 0 .. RESOURCES - 1) {
        assert(!(i != j && incompatible(agent[i].held[r], agent[j].held[r])));
        assert(!(i != j && waits(i) && agent[i].rank == UPGRADE && agent[i].want[r] && agent[j].held[r] == INTENT))
      }
    }
    for (r : 0 .. RESOURCES - 1) { assert(!(waits(i) && agent[i].want[r] && agent[i].held[r] >= agent[i].mode)) }
  }
  reach();
  for (i : 0 .. AGENTS - 1) { assert(!edge[i].to[i]) }
  i = 0; j = 0; k = 0; r = 0; who = 0; yes = false; again = false; some = false
}

inline ask(a) {            /* m: mode, p: rank, w: which resources, a bit for each */
  agent[a].asked++;
  some = true; again = true;
  for (r : 0 .. RESOURCES - 1) {
    agent[a].sure[r] = agent[a].sure[r] && agent[a].held[r] == WRITE;  /* it is told what it has lost */
    agent[a].want[r] = (w >> r) & 1;
    some = some && (!agent[a].want[r] || agent[a].held[r] < m);
    again = again && (!agent[a].want[r] || agent[a].held[r] == INTENT)
  }
  if
  :: !some -> leave(a)     /* it has some of that already: not in this model */
  :: else ->
     last++;
     agent[a].mode = m; agent[a].id = last; agent[a].rank = p; agent[a].patience = PATIENCE; agent[a].age = AGEING;
     if
     :: m == WRITE && again ->
        agent[a].rank = UPGRADE;
#ifndef BUG_UPGRADE
        some = false;
        for (j : 0 .. AGENTS - 1) {
          for (r : 0 .. RESOURCES - 1) {
            some = some || (j != a && agent[a].want[r] && agent[j].held[r] == INTENT)
          }
        }
        if :: some -> leave(a) :: else fi
#endif
     :: else
     fi
  fi;
  settle()
}

inline effect(a, x) {      /* a write of resource x, by an agent that believes it has the lock */
#ifdef BUG_STALE
  yes = true;
#else
  yes = agent[a].held[x] == WRITE;
#endif
  if
  :: yes -> for (j : 0 .. AGENTS - 1) { assert(j == a || agent[j].held[x] == 0) }
  :: else -> agent[a].sure[x] = false  /* refused: it is told */
  fi;
  j = 0; yes = false
}

active [AGENTS] proctype client() {
  do
  :: d_step { !waits(_pid) && agent[_pid].asked < ASKS -> m = READ; p = NORMAL; w = 1; ask(_pid) }
  :: d_step { !waits(_pid) && agent[_pid].asked < ASKS -> m = INTENT; p = NORMAL; w = 1; ask(_pid) }
  :: d_step { !waits(_pid) && agent[_pid].asked < ASKS -> m = WRITE; p = NORMAL; w = 1; ask(_pid) }
  :: d_step { !waits(_pid) && agent[_pid].asked < ASKS -> m = WRITE; p = HIGH; w = 1; ask(_pid) }
#if RESOURCES > 1
  :: d_step { !waits(_pid) && agent[_pid].asked < ASKS -> m = READ; p = NORMAL; w = 2; ask(_pid) }
  :: d_step { !waits(_pid) && agent[_pid].asked < ASKS -> m = WRITE; p = NORMAL; w = 2; ask(_pid) }
  :: d_step { !waits(_pid) && agent[_pid].asked < ASKS -> m = WRITE; p = NORMAL; w = 3; ask(_pid) }
  :: d_step { agent[_pid].sure[1] -> effect(_pid, 1) }
#endif
  :: d_step { agent[_pid].sure[0] -> effect(_pid, 0) }
  :: d_step { agent[_pid].lease > 0 -> let_go(_pid); agent[_pid].sure[0] = false;
#if RESOURCES > 1
              agent[_pid].sure[1] = false;
#endif
              settle() }
  :: d_step { agent[_pid].lease > 0 && agent[_pid].lease < TTL -> agent[_pid].lease = TTL }
  od
}

active proctype clock() {
  do
  :: d_step {
       for (i : 0 .. AGENTS - 1) {
         if
         :: agent[i].lease > 1 -> agent[i].lease--
         :: agent[i].lease == 1 -> let_go(i)  /* it is not told before it asks */
         :: else
         fi;
         if
         :: waits(i) && agent[i].patience > 1 -> agent[i].patience--
#ifndef BUG_PATIENCE
         :: waits(i) && agent[i].patience == 1 -> leave(i)
#endif
         :: else
         fi;
         if
         :: waits(i) && agent[i].rank > HIGH && agent[i].age > 0 ->
            agent[i].age--;
            if :: agent[i].age == 0 -> agent[i].rank--; agent[i].age = AGEING :: else fi
         :: else
         fi
       }
       settle()
     }
  od
}

#ifdef LIVE
#define waiting (agent[0].mode != 0)
ltl every_wait_ends { [] (waiting -> <> !waiting) }
#endif
