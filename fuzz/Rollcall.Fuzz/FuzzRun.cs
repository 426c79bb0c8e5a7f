namespace Rollcall.Fuzz;

/// <summary>Runs a target on its corpus and on mutations of it.</summary>
internal sealed class FuzzRun(IFuzzTarget target, TimeProvider time)
{
    private const int MaxPool = 2000;
    private const int MaxFaults = 10;

    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(1);

    private readonly HashSet<int> _outcomes = [];
    private readonly Dictionary<string, FuzzFault> _faults = [];
    private long _faultCount;

    /// <summary>The input that is running, and when it began; for whoever watches that it ends.</summary>
    public (byte[] Input, long Started)? Current { get; private set; }

    /// <param name="inputs">How many, those of the corpus included.</param>
    /// <param name="seed">The same seed gives the same inputs.</param>
    public FuzzReport Run(long inputs, int seed)
    {
        var random = new Random(seed);
        var mutator = new Mutator(random, target.Tokens);
        var pool = Corpus.Load(target.Name);
        var seeds = pool.Count;
        var done = 0L;
        for (; done < Math.Min(inputs, seeds); done++)
        {
            Try(pool[(int)done]);
        }

        for (; done < inputs; done++)
        {
            var input = mutator.Mutate(pool[random.Next(pool.Count)], pool[random.Next(pool.Count)]);
            if (Try(input))
            {
                Keep(pool, seeds, input, random);
            }
        }

        return new FuzzReport(target.Name, done, _outcomes.Count, [.. _faults.Values], _faultCount);
    }

    // The seeds stay; among the others a new one takes the place of an old one when there are many.
    private static void Keep(List<byte[]> pool, int seeds, byte[] input, Random random)
    {
        if (pool.Count < seeds + MaxPool)
        {
            pool.Add(input);
        }
        else
        {
            pool[random.Next(seeds, pool.Count)] = input;
        }
    }

    // True when its outcome is new.
    private bool Try(byte[] input)
    {
        var started = time.GetTimestamp();
        Current = (input, started);
        try
        {
            var outcome = target.Run(input);
            if (time.GetElapsedTime(started) > s_hang && IsSlowAgain(input))
            {
                Fail("slow", new FuzzFault(input, $"took longer than {s_hang.TotalSeconds} s, twice"));
            }

            return _outcomes.Add(outcome);
        }
        catch (Exception exception)
        {
            Fail(Kind(exception), new FuzzFault(input, exception.ToString()));
            return false;
        }
        finally
        {
            Current = null;
        }
    }

    // Once may be the machine's doing.
    private bool IsSlowAgain(byte[] input)
    {
        var started = time.GetTimestamp();
        target.Run(input);
        return time.GetElapsedTime(started) > s_hang;
    }

    private void Fail(string kind, FuzzFault fault)
    {
        _faultCount++;
        if (_faults.Count < MaxFaults)
        {
            _faults.TryAdd(kind, fault);
        }
    }

    // Type and place, or what an invariant says before its colon: the same fault by another input is the same fault.
    private static string Kind(Exception exception) =>
        exception is BrokenInvariantException ? exception.Message.Split(':')[0] : $"{exception.GetType()} {exception.StackTrace?.Split('\n')[0]}";
}
