namespace Rollcall.Fuzz;

/// <summary>Runs a target on its corpus and on mutations of it.</summary>
internal sealed class FuzzRun(IFuzzTarget target, TimeProvider time)
{
    private const int MaxPool = 2000;
    private const int MaxFaults = 10;

    // How often an input is slow, one time after the other, before it is at fault and not the machine.
    private const int SlowRounds = 5;

    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(1);

    private readonly HashSet<int> _outcomes = [];
    private readonly Dictionary<string, FuzzFault> _faults = [];
    private long _faultCount;
    private byte[] _known = [];
    private TimeSpan _quickest = TimeSpan.MaxValue;
    private volatile Attempt? _current;

    /// <summary>The input that is running, and when it began; for whoever watches that it ends. May be read by any thread.</summary>
    public Attempt? Current => _current;

    /// <param name="inputs">How many, those of the corpus included.</param>
    /// <param name="seed">The same seed gives the same inputs.</param>
    public FuzzReport Run(long inputs, int seed)
    {
        var random = new Random(seed);
        var mutator = new Mutator(random, target.Tokens);
        var pool = Corpus.Load(target.Name);
        var seeds = pool.Count;
        var done = 0L;
        _known = pool[0];
        for (; done < Math.Min(inputs, seeds); done++)
        {
            Try(pool[(int)done]);
        }

        if (done < inputs)
        {
            // Once more, without what only the first one does.
            Try(_known);
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
        _current = new Attempt(input, started);
        try
        {
            var outcome = target.Run(input);
            var took = time.GetElapsedTime(started);
            _quickest = input == _known && took < _quickest ? took : _quickest;
            if (took > s_hang && IsSlowAgain(input))
            {
                Fail("slow", new FuzzFault(input, $"took longer than {s_hang.TotalSeconds} s, {1 + SlowRounds} times"));
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
            _current = null;
        }
    }

    // It may be the machine's doing, which is busy with other work: then a known input takes longer than usual, too.
    private bool IsSlowAgain(byte[] input)
    {
        for (var round = 0; round < SlowRounds; round++)
        {
            var known = Time(_known);
            _quickest = known < _quickest ? known : _quickest;
            if (Time(input) <= s_hang + (10 * (known - _quickest)))
            {
                return false;
            }
        }

        return true;
    }

    private TimeSpan Time(byte[] input)
    {
        var started = time.GetTimestamp();
        target.Run(input);
        return time.GetElapsedTime(started);
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

    /// <param name="Input">What runs.</param>
    /// <param name="Started">When it began.</param>
    internal sealed record Attempt(byte[] Input, long Started);
}
